import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  type ConfigRead,
  type ConfigReader,
  DEFAULT_RUNTIME_ORDER,
  type EnvFile,
  type FunctionConfig,
  type Manifest,
  POLICY_DEFAULTS,
  type RoutesFile,
} from '@fastfn/core';
import { onTestFinished } from 'vitest';
import { type DiscoverOptions, discover } from '../src/discover.js';

/** File contents by path: text, an object (written as JSON), null (an empty folder), or a link. */
export type Files = Readonly<Record<string, string | object | null>>;

const LINK = Symbol('link');

export function link(target: string): object {
  return { [LINK]: target };
}

/** A temporary folder with these files below `name`, removed when the test ends. */
export function tree(files: Files, name = 'functions'): string {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-discovery-')));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, name);
  mkdirSync(root);
  write(root, files);
  return root;
}

export function write(root: string, files: Files): void {
  const made = new Set<string>();
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, path);
    const folder = content === null ? target : dirname(target);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    if (content === null) continue;
    if (typeof content === 'string') writeFileSync(target, content);
    else if (LINK in content) symlinkSync(content[LINK] as string, target);
    else writeFileSync(target, JSON.stringify(content));
  }
}

/**
 * Reads config files that are already in the shape of core's types (`timeoutMs`, not `timeout_ms`). Routes files have
 * the user's shape. A file that is no JSON is broken and never was good.
 */
export function fakeReader(root: string): ConfigReader {
  const read = <T>(file: string, convert: (json: Record<string, unknown>) => T): ConfigRead<T> => {
    try {
      return { value: convert(JSON.parse(readFileSync(file, 'utf8'))), diagnostics: [], stale: false };
    } catch (error) {
      const message = `not valid JSON: ${(error as Error).name}`;
      return {
        value: null,
        diagnostics: [{ code: 'invalid_config', severity: 'error', file: relative(root, file), message }],
        stale: false,
      };
    }
  };
  return {
    functionConfig: (file) => read(file, (json) => json as FunctionConfig),
    envFile: (file) =>
      read(file, (json) => {
        const { $secretKeys = [], $secretNames = [], ...values } = json as Record<string, unknown>;
        return { values, secretKeys: $secretKeys, secretNames: $secretNames } as EnvFile;
      }),
    routesFile: (file) =>
      read(file, (json): RoutesFile => {
        const routes = Object.entries(json.routes as Record<string, string>).map(([key, target]) => {
          const [methods, pattern] = key.includes(' ') ? (key.split(' ') as [string, string]) : ['GET', key];
          return { methods: methods.split(','), pattern, target, key };
        });
        return { routes };
      }),
  };
}

export function discoverTree(root: string, more: Partial<DiscoverOptions> = {}): Manifest {
  return discover({
    root,
    reader: fakeReader(root),
    runtimes: DEFAULT_RUNTIME_ORDER,
    namespaceDepth: 3,
    ignoreDirs: [],
    forceUrl: false,
    policyDefaults: POLICY_DEFAULTS,
    ...more,
  });
}

/** `GET /users/:id → users/[id].js`, with `@version` where there is one, sorted. */
export function routes(manifest: Manifest): string[] {
  return manifest.claims
    .map(({ pattern, methods, fn }) => {
      const version = fn.version === 'default' ? '' : `@${fn.version}`;
      return `${methods.join(',')} ${pattern} → ${fn.name}${version}`;
    })
    .sort();
}

/** `too_deep a/b/c`, sorted by file. */
export function complaints(manifest: Manifest): string[] {
  return manifest.diagnostics.map(({ code, file }) => `${code} ${file}`);
}
