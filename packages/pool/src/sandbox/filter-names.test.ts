import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runFilter } from '../../test/run-filter.js';
import { seccompFilter } from './filter.js';

/**
 * Numbers of all system calls by name, on x64 and arm64: those of Linux 6.1 (linux-libc-dev, `asm/unistd_64.h` and, for arm64,
 * `asm-generic/unistd.h`). Null: it has none there.
 */
const NUMBERS = JSON.parse(readFileSync(new URL('../../test/syscalls.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly [x64: number | null, arm64: number | null]>
>;

const REFUSED = [
  ...['execve', 'execveat', 'fork', 'vfork', 'clone'],
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'process_mrelease', 'migrate_pages'],
  ...['move_pages', 'kcmp', 'pidfd_open', 'pidfd_getfd', 'pidfd_send_signal', 'tkill', 'perf_event_open'],
  ...['kill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'prlimit64', 'socket'],
  ...['mount', 'umount2', 'pivot_root', 'chroot', 'open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick'],
  ...['mount_setattr', 'setns', 'unshare', 'open_by_handle_at', 'fanotify_init'],
  ...['bpf', 'userfaultfd', 'add_key', 'request_key', 'keyctl', 'init_module', 'finit_module', 'delete_module'],
  ...['kexec_load', 'kexec_file_load', 'reboot', 'swapon', 'swapoff', 'acct', 'quotactl', 'syslog', 'settimeofday'],
  ...['clock_settime', 'adjtimex', 'clock_adjtime', 'sethostname', 'setdomainname', 'iopl', 'ioperm'],
].sort();
const ABSENT = ['clone3', 'io_uring_enter', 'io_uring_register', 'io_uring_setup'];

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
/** As first argument: nobody's pid, no family of sockets, and no flag of a thread. */
const STRANGE = 0x00f0_0009;

describe.each([
  ['x64', 0, 0xc000003e, '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  ['arm64', 1, 0xc00000b7, '/usr/include/asm-generic/unistd.h'],
] as const)('%s', (arch, column, audit, header) => {
  const numbers = Object.entries(NUMBERS).flatMap(([name, of]) =>
    of[column] === null ? [] : [[name, of[column]] as const],
  );

  it('refuses what it is meant to, by the number that it has here, and nothing else', () => {
    const program = seccompFilter(false, arch);
    const answers = new Map<number, string[]>();
    for (const [name, nr] of numbers) {
      const answer = runFilter(program, { arch: audit, nr, arg: STRANGE });
      answers.set(answer, [...(answers.get(answer) ?? []), name]);
    }
    const here = (name: string): boolean => NUMBERS[name]![column] !== null;
    expect([...answers.keys()].sort()).toEqual([EPERM, ENOSYS, ALLOW].sort());
    expect(answers.get(EPERM)!.sort()).toEqual(REFUSED.filter(here));
    expect(answers.get(ENOSYS)!.sort()).toEqual(ABSENT);
  });

  it.skipIf(!existsSync(header))('has these numbers in the headers of this machine', () => {
    const defined = new Map<string, string>();
    for (const [, name, value] of readFileSync(header, 'utf8').matchAll(/^#define __NR(\w*_\w+)\s+(\w+)/gm)) {
      if (!defined.has(name!)) defined.set(name!, value!);
    }
    // `__NR3264_fcntl 25`, and far below `__NR_fcntl __NR3264_fcntl`.
    const resolve = (name: string): number => {
      const value = defined.get(name) ?? '';
      return value.startsWith('__NR') ? resolve(value.slice('__NR'.length)) : Number.parseInt(value, 10);
    };
    const wrong = numbers.filter(([name, nr]) => resolve(`_${name}`) !== nr);
    expect(wrong).toEqual([]);
  });
});
