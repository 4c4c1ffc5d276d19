import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tree } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

const page = readFileSync(fileURLToPath(new URL('../docs/guide/systemd.md', import.meta.url)), 'utf8');
const unit = /```ini\n([\s\S]*?)```/.exec(page)![1]!;

const cli = fileURLToPath(new URL('../apps/cli/bin/fastfn.js', import.meta.url));
const analyze = spawnSync('systemd-analyze', ['--version']);

describe('the unit that the docs show', () => {
  it.skipIf(analyze.status !== 0)('is valid for systemd', () => {
    const folder = tree();
    // The programs it names lie elsewhere on this machine, or nowhere.
    const program = folder.path('program');
    folder.write('program', '#!/bin/sh\n');
    chmodSync(program, 0o755);
    folder.write('fastfn.service', unit.replace(/^(ExecStart\w*)=\S+/gm, `$1=${program}`));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', folder.path('fastfn.service')], {
      encoding: 'utf8',
    });
    expect(stderr.replace(/^.*(is not owned by|machine-id|Failed to (?:connect|open)).*\n/gm, '')).not.toMatch(
      /fastfn\.service/,
    );
    expect(status, stderr).toBe(0);
  });

  it('starts the server that this repository builds, and waits longer than a stop takes', () => {
    const command = /^ExecStart=\/usr\/bin\/node node_modules\/fastfn\/(\S+) run --strict$/m.exec(unit)![1]!;
    const { bin } = JSON.parse(
      readFileSync(fileURLToPath(new URL('../apps/cli/package.json', import.meta.url)), 'utf8'),
    );
    expect(bin.fastfn).toBe(`./${command}`);
    // 10 s for calls, a quarter for their cancellation, 2 for traces: see create-server.ts.
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(13);
  });

  it('its variables are variables of FastFN', () => {
    const stdout = execFileSync(process.execPath, [cli, 'doctor', '--env'], { encoding: 'utf8' });
    for (const [, name] of unit.matchAll(/^Environment=(FN_\w+)=/gm)) expect(stdout).toContain(name);
  });
});
