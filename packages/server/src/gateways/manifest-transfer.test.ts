import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConfigReader, loadOptions } from '@fastfn/config';
import { FastFnError } from '@fastfn/core';
import { DiscoveryCache } from '@fastfn/discovery';
import { expect, it, onTestFinished } from 'vitest';
import { compileSnapshot, takeSnapshot } from '../snapshot.js';
import { packManifest, unpackManifest } from './manifest-transfer.js';

const FILES = {
  'users/[id].js': 'export const handler = () => 1;',
  'users/index.js': 'export const handler = () => 1;',
  'broken/handler.py': 'def handler(event): return 1',
  'broken/fn.config.json': { timeout_ms: 'soon' },
  'limited/handler.js': 'export const handler = () => 1;',
  'limited/fn.config.json': {
    worker_pool: { max_workers: 3 },
    invoke: { routes: ['/api/limited'], body: { a: [1, null, 'x'] } },
    schedule: { every_seconds: 60 },
  },
};

function makeTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'manifest-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(FILES)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

function snapshotOf(root: string) {
  const { options } = loadOptions({ command: 'run', cwd: root, dir: root, flags: {}, env: {} });
  const reader = createConfigReader({ root });
  return { options, snapshot: takeSnapshot({ options, reader, cache: new DiscoveryCache(), docsAsset: () => null }) };
}

it('a manifest that crosses to another process is the same there', () => {
  const { options, snapshot } = snapshotOf(makeTree());
  const manifest = unpackManifest(packManifest(snapshot.manifest));
  expect(manifest).toEqual(snapshot.manifest);
  for (const { fn } of manifest.claims) expect(manifest.functions).toContain(fn);
  const broken = manifest.functions.find(({ name }) => name === 'broken')!;
  expect(broken.configError).toBeInstanceOf(FastFnError);
  expect(broken.configError).toMatchObject({ code: 'invalid_config', status: 500 });

  const there = compileSnapshot(manifest, options, () => null);
  expect(there.table.routes.map(({ pattern }) => pattern)).toEqual(snapshot.table.routes.map(({ pattern }) => pattern));
  expect(there.openapi('http://x')).toBe(snapshot.openapi('http://x'));
});

it('an unchanged tree gives the same bytes', () => {
  const root = makeTree();
  const [one, other] = [snapshotOf(root), snapshotOf(root)];
  expect(packManifest(one.snapshot.manifest).equals(packManifest(other.snapshot.manifest))).toBe(true);
});
