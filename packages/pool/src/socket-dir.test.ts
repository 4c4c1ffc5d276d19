import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SocketDir } from './socket-dir.js';

const base = mkdtempSync(join(tmpdir(), 'sd-'));
const open: SocketDir[] = [];
const make = (given?: string): SocketDir => {
  const dir = new SocketDir(given);
  open.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of open.splice(0)) dir.close();
  rmSync(base, { recursive: true, force: true });
});

it('is private and of its own, and gone after closing', () => {
  const dir = make();
  expect(statSync(dir.path).mode & 0o777).toBe(0o700);
  expect(statSync(dir.makeTmp()).mode & 0o777).toBe(0o700);
  dir.close();
  dir.close();
  expect(existsSync(dir.path)).toBe(false);
});

it('makes a given folder, and leaves in it what is not its own', () => {
  const given = join(base, 'a/b');
  const dir = make(given);
  expect(statSync(given).mode & 0o777).toBe(0o700);
  writeFileSync(join(given, 'other'), '');
  dir.makeTmp();
  dir.close();
  expect(readdirSync(given)).toEqual(['other']);
});

it('never gives a name twice, not even to two servers in one folder', () => {
  const dirs = [make(base), make(base)];
  const names = dirs.flatMap((dir) => [dir.workerSocket(), dir.workerSocket(), dir.makeTmp(), dir.makeTmp()]);
  expect(new Set(names).size).toBe(8);
});

it('names daemons as documented', () => {
  const dir = make(base);
  expect(dir.daemonSocket('node', 1, 1)).toBe(join(base, 'fn-node.sock'));
  expect(dir.daemonSocket('node', 2, 3)).toBe(join(base, 'fn-node-2.sock'));
});

it('refuses a folder whose sockets would have too long a path, saying what to do', () => {
  expect(() => make(join(base, 'x'.repeat(100)))).toThrow(
    expect.objectContaining({ code: 'socket_path_too_long', hint: expect.stringContaining('FN_SOCKET_BASE_DIR') }),
  );
});

it('clears up after servers that were killed, and only after those', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '0']);
  const abandoned = mkdtempSync(join(tmpdir(), `fastfn-${dead}-`));
  const alive = mkdtempSync(join(tmpdir(), `fastfn-${process.pid}-`));
  make();
  expect([existsSync(abandoned), existsSync(alive)]).toEqual([false, true]);
  rmSync(alive, { recursive: true });
});

it('clears up after them in a folder that was given, too', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '0']);
  mkdirSync(base, { recursive: true });
  const abandoned = mkdtempSync(join(base, `tmp-${dead}-`));
  writeFileSync(join(base, `w${abandoned.slice(-6)}-1`), '');
  writeFileSync(join(base, 'wother1-1'), '');
  const alive = make(base);
  const another = make(base);
  another.close();
  expect(readdirSync(base).sort()).toEqual([basename(dirname(alive.makeTmp())), 'wother1-1']);
});

it('says what to do when the folder cannot be made', () => {
  mkdirSync(base, { recursive: true });
  writeFileSync(join(base, 'file'), '');
  const nowhere = process.platform === 'linux' ? ['/proc/self/none'] : [];
  for (const given of [join(base, 'file'), join(base, 'file/below'), ...nowhere]) {
    expect(() => make(given)).toThrow(
      expect.objectContaining({ code: 'socket_dir_unusable', hint: expect.stringContaining('FN_SOCKET_BASE_DIR') }),
    );
  }
});
