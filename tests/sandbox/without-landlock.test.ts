import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTree } from '@fastfn/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliServer, runCli, startCli } from '../support/cli.js';
import { handlerOf, isInstalled, LANGUAGES } from './languages.js';

const BUILD_MS = 180_000;
const PATIENT = { FN_DEFAULT_TIMEOUT_MS: `${BUILD_MS}`, FN_STRICT_FS_ALLOW: '' };
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../../node_modules/.cache/fastfn-cargo', import.meta.url));

/** Becomes what it is given, on a kernel that seems to have no Landlock. */
const WITHOUT = ['python3', fileURLToPath(new URL('../support/without-landlock.py', import.meta.url))];

function canBeSimulated(): boolean {
  try {
    execFileSync(WITHOUT[0]!, [WITHOUT[1]!, 'true'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

/** The level that is left, and who enforces it. docs/guide/sandbox.md. */
const LEFT: Readonly<Record<string, 'runtime' | 'off'>> = {
  node: 'runtime',
  python: 'runtime',
  php: 'runtime',
  lua: 'runtime',
  go: 'off',
  rust: 'off',
};

const installed = LANGUAGES.filter(isInstalled);

describe.skipIf(!canBeSimulated())('a kernel without Landlock', () => {
  const tree = makeTree({
    ...Object.fromEntries(installed.map((one) => [`functions/${one.runtime}/${one.file}`, handlerOf(one)])),
    ...Object.fromEntries(installed.map((one) => [`functions/${one.runtime}/data.txt`, 'own data'])),
  });
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'secret.txt'), 'outside');
  let server: CliServer;

  beforeAll(async () => {
    server = await startCli(['dev', 'functions'], tree.root, PATIENT, WITHOUT);
    for (const { runtime } of installed) expect((await fetch(`${server.url}/${runtime}?do=none`)).status).toBe(200);
  }, BUILD_MS);
  afterAll(async () => {
    await server?.stop();
    tree.cleanup();
    rmSync(outside, { recursive: true, force: true });
  });

  async function attempt(runtime: string, action: string, path = ''): Promise<{ ok: boolean; data?: unknown }> {
    const query = new URLSearchParams({ do: action, path });
    return (await (await fetch(`${server.url}/${runtime}?${query}`)).json()) as { ok: boolean };
  }

  it('is told by the start, by health and by doctor, for each language as it is', { timeout: BUILD_MS }, async () => {
    const health = (await (await fetch(`${server.url}/_fn/health`)).json()) as { sandbox: Record<string, string> };
    const doctor = await runCli(['doctor', '--json'], tree.path('functions'), PATIENT, WITHOUT);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; title?: string; message?: string }[] };
    for (const { runtime } of installed) {
      expect(health.sandbox, runtime).toMatchObject({ [runtime]: LEFT[runtime] });
      const check = JSON.stringify(checks.find(({ id }) => id === `sandbox_${runtime}`));
      if (runtime === 'lua') {
        expect(check).toMatch(/enforced by its engine/);
      } else if (LEFT[runtime] === 'off') {
        expect(server.output()).toMatch(
          new RegExp(
            `\\[Sandbox\\] ${runtime}: strict_fs cannot be enforced here: functions reach all files .* no Landlock`,
          ),
        );
        expect(check).toMatch(/strict_fs cannot be enforced here.*no Landlock/);
      } else {
        expect(server.output()).toMatch(
          new RegExp(
            `\\[Sandbox\\] ${runtime}: strict_fs is enforced by the language's own library, not by the kernel`,
          ),
        );
        expect(check).toMatch(/own library only/);
      }
    }
  });

  it.each(installed)('$runtime: own files, others’ files, programs', async ({ runtime }) => {
    expect(await attempt(runtime, 'read', 'data.txt')).toMatchObject({ ok: true, data: 'own data' });
    // Compiled code has no library that could refuse: it reads on, which is what the level `off` says.
    const reads = await attempt(runtime, 'read', join(outside, 'secret.txt'));
    expect(reads).toMatchObject({ ok: LEFT[runtime] === 'off' });
    // The filter of system calls needs no Landlock.
    expect(await attempt(runtime, 'spawn')).toMatchObject({ ok: false });
  });
});
