import { describe, expect, it } from 'vitest';
import { PID, runFilter } from '../../test/run-filter.js';
import { seccompFilter } from './filter.js';

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

describe.each([
  ['x64', 0xc000003e, { read: 0, execve: 59, clone: 56, clone3: 435, kill: 62, socket: 41, ptrace: 101, ring: 425 }],
  [
    'arm64',
    0xc00000b7,
    { read: 63, execve: 221, clone: 220, clone3: 435, kill: 129, socket: 198, ptrace: 117, ring: 425 },
  ],
])('%s', (name, arch, nr) => {
  const program = seccompFilter(false, name);

  it.each([
    ['reading', nr.read, 0, ALLOW],
    ['a program', nr.execve, 0, EPERM],
    ['ptrace', nr.ptrace, 16, EPERM],
    ['a process', nr.clone, 0x1200011, EPERM],
    ['a thread', nr.clone, 0x3d0f00, ALLOW],
    ['clone3', nr.clone3, 0, ENOSYS],
    ['io_uring', nr.ring, 0, ENOSYS],
    ['a signal to itself', nr.kill, PID, ALLOW],
    ['a signal to its group', nr.kill, -PID, ALLOW],
    ['a signal to another', nr.kill, PID + 1, EPERM],
    ['a signal to all', nr.kill, -1, EPERM],
    ['a Unix socket', nr.socket, 1, EPERM],
    ['an IPv4 socket', nr.socket, 2, ALLOW],
    ['an IPv6 socket', nr.socket, 10, ALLOW],
    ['a raw packet socket', nr.socket, 17, EPERM],
  ])('%s', (_what, number, arg, expected) => {
    expect(runFilter(program, { arch, nr: number, arg })).toBe(expected);
  });

  it('refuses calls of another architecture', () => {
    expect(runFilter(program, { arch: 0x40000003, nr: nr.read })).toBe(EPERM);
  });

  it('allows Unix sockets when told to', () => {
    expect(runFilter(seccompFilter(true, name), { arch, nr: nr.socket, arg: 1 })).toBe(ALLOW);
  });
});

it('refuses the x32 names of calls', () => {
  expect(runFilter(seccompFilter(false, 'x64'), { arch: 0xc000003e, nr: 0x40000000 })).toBe(EPERM);
});

it('has none for an architecture that it does not know', () => {
  expect(seccompFilter(false, 'riscv64')).toEqual([]);
});
