import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxReport, SandboxSpec } from '@fastfn/protocol';
import { describe, expect, it } from 'vitest';
import { call, specFor, startDaemon, startWorker, tree } from './php-host.js';

/** Refuses programs and nothing else; the whole filter is the gateway's business. */
const NO_PROGRAMS = [
  0x20,
  0,
  0,
  0,
  0x15,
  0,
  1,
  process.arch === 'x64' ? 59 : 221,
  6,
  0,
  0,
  0x50001,
  6,
  0,
  0,
  0x7fff0000,
];

const HANDLER = `function handler($event) {
  $path = $event['query']['path'] ?? '';
  $result = @match ($event['query']['do']) {
    'read' => file_get_contents($path),
    'write' => file_put_contents($path, 'x'),
    'include' => include $path,
    'link' => @symlink($path, 'link') ? file_get_contents('link') : false,
    'run' => function_exists('shell_exec') ? shell_exec('/bin/echo ran') : null,
    'ffi' => (function () { try { return FFI::cdef('int getpid(void);')->getpid() > 0; } catch (Throwable) { return false; } })(),
    'stderr' => file_put_contents('/dev/stderr', "said\\n"),
  };
  return $result === false || $result === null ? 'refused' : "got $result";
}`;

function reach(root: string, over: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    strict: true,
    read: ['/usr', '/lib', '/lib64', '/proc/self', join(root, '_shared.php')],
    list: [root],
    write: [join(root, 'fn'), join(root, 'tmp'), '/dev/null'],
    hide: [join(root, 'fn/fn.env.json')],
    unhidden: null,
    empty: join(root, 'empty'),
    unix: false,
    filter: NO_PROGRAMS,
    ...over,
  };
}

async function start(settings: readonly string[] = [], over: Partial<SandboxSpec> = {}, source = HANDLER) {
  const { root, path } = tree({
    'fn/handler.php': `<?php ${source}`,
    'fn/own.txt': 'own',
    'fn/fn.env.json': 'settings',
    'other/theirs.txt': 'theirs',
    '_shared.php': '<?php return "shared";',
  });
  for (const folder of ['tmp', 'empty']) mkdirSync(join(root, folder));
  const daemon = await startDaemon({ settings });
  const folder = join(root, 'fn');
  const worker = await startWorker(
    daemon,
    specFor(daemon, path('fn/handler.php'), {
      root,
      folder,
      own_folder: folder,
      process_env: { TMPDIR: join(root, 'tmp') },
      sandbox: reach(root, over),
    }),
  );
  const ready = await worker.next((m) => m[0] === 30);
  const attempt = async (what: string, path = '') => (await call(worker, { query: ['do', what, 'path', path] })).text;
  return { root, attempt, worker, report: (ready[1] as { sandbox: SandboxReport }).sandbox };
}

describe.runIf(process.platform === 'linux')('level kernel', () => {
  it('reaches what it may, and nothing else', async () => {
    const { root, attempt, report } = await start();
    expect(report).toMatchObject({ level: 'kernel', abi: expect.any(Number) });
    expect(await attempt('read', 'own.txt')).toBe('got own');
    expect(await attempt('write', 'new.txt')).toBe('got 1');
    expect(await attempt('include', '_shared.php')).toBe('got shared');
    expect(await attempt('stderr')).toBe('got 5');
    for (const path of [
      '/etc/hostname',
      '../other/theirs.txt',
      `/proc/${process.pid}/environ`,
      '/proc/self/root/etc/hostname',
    ])
      expect(await attempt('read', path), path).toBe('refused');
    expect(await attempt('write', '../new.txt')).toBe('refused');
    expect(await attempt('link', '/etc/hostname')).toBe('refused');
    expect(await attempt('run')).toBe('refused');
    expect(existsSync(join(root, 'new.txt'))).toBe(false);
    expect(await attempt('read', 'fn.env.json')).toBe(report.hides ? 'refused' : 'got settings');
  });

  it('takes the other lists when nothing can be hidden', async () => {
    const { root, attempt, report } = await start([], {
      hide: ['/proc/self/fd'],
      empty: '/nowhere',
      unhidden: { read: ['/'], list: [], write: [] },
    });
    expect(report).toMatchObject({
      level: 'kernel',
      hides: false,
      missing: [expect.stringMatching(/^Files cannot be hidden: /)],
    });
    expect(await attempt('write', join(root, 'fn/new.txt'))).toBe('refused');
  });

  it('a script that is run in processes of its own is restricted there', async () => {
    const { worker } = await start(
      [],
      {},
      'function helper() {} echo @file_get_contents("/etc/hostname") === false ? "refused" : "read", file_get_contents("own.txt");',
    );
    expect((await call(worker)).text).toBe('refusedown');
    expect((await call(worker)).text).toBe('refusedown');
  });
});

describe('level runtime', () => {
  const WITHOUT_FFI = ['ffi.enable=0'];

  it('PHP itself refuses files elsewhere, programs, and FFI', async () => {
    const { root, attempt, report } = await start(WITHOUT_FFI);
    expect(report.level).toBe('runtime');
    expect(report.missing.length).toBeGreaterThan(0);
    expect(await attempt('read', 'own.txt')).toBe('got own');
    expect(await attempt('write', 'new.txt')).toBe('got 1');
    expect(await attempt('include', '_shared.php')).toBe('got shared');
    for (const path of ['/etc/hostname', '../other/theirs.txt', '/proc/self/root/etc/hostname'])
      expect(await attempt('read', path), path).toBe('refused');
    symlinkSync('/etc/hostname', join(root, 'fn/planted'));
    expect(await attempt('read', 'planted')).toBe('refused');
    expect(await attempt('write', '../new.txt')).toBe('refused');
    expect(await attempt('run')).toBe('refused');
    expect(await attempt('ffi')).toBe('refused');
  });

  it('a filter for no processor at all is no kernel level', async () => {
    const { report, attempt } = await start([], { filter: [] });
    expect(report.level).toBe('runtime');
    expect(await attempt('read', '../other/theirs.txt')).toBe('refused');
  });
});
