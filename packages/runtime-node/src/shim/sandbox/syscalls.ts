import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

/** A system call that failed, with the C library's number for why. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  constructor(
    call: string,
    readonly errno: number,
  ) {
    super(`${call} failed with errno ${errno}`);
  }
}

/** The system calls of the sandbox. All throw {@link SystemError}. */
export interface Syscalls {
  /** 0: the kernel has no Landlock. */
  landlockAbi(): number;
  landlockCreate(attributes: Buffer): number;
  landlockAllow(ruleset: number, rule: Buffer): void;
  landlockRestrict(ruleset: number): void;
  /** A program for all threads of the process. @param instructions 8 bytes each */
  seccomp(instructions: Buffer): void;
  noNewPrivileges(): void;
  capset(header: Buffer, data: Buffer): void;
  clearAmbientCapabilities(): void;
  /** Gives the calling thread, and those that it makes, mounts of their own. */
  unshareMounts(): void;
  mount(source: string | null, target: string, flags: number): void;
}

/** Numbers that differ between the architectures. */
const NUMBERS = { x64: { seccomp: 317, capset: 126 }, arm64: { seccomp: 277, capset: 91 } } as const;

const LANDLOCK_CREATE = 444;
const LANDLOCK_ADD = 445;
const LANDLOCK_RESTRICT = 446;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const CLONE_NEWNS = 0x00020000;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;

/**
 * Loads the library that makes system calls from JavaScript: 7 ms and 2 MB, so in a spare process ahead of time.
 * @returns null where there is none of it: another system, another architecture, an installation without optional
 * dependencies
 */
export function loadSyscalls(): Syscalls | null {
  const numbers = NUMBERS[process.arch as keyof typeof NUMBERS];
  if (process.platform !== 'linux' || numbers === undefined) return null;
  const require = createRequire(import.meta.url);
  let koffi: typeof Koffi;
  try {
    koffi = require('koffi') as typeof Koffi;
  } catch {
    return null;
  }
  // The function's code has no use for it.
  for (const file of Object.keys(require.cache)) if (/[\\/]koffi[\\/]/.test(file)) delete require.cache[file];

  const libc = koffi.load(null);
  const check = (call: string, result: number): number => {
    if (result < 0) throw new SystemError(call, koffi.errno());
    return result;
  };
  const program = koffi.pointer(koffi.struct({ length: 'uint16_t', filter: 'uint8_t *' }));
  // `syscall` under the types of each of its uses.
  const create = libc.func('syscall', 'long', ['long', 'void *', 'size_t', 'uint32_t']);
  const add = libc.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint32_t']);
  const restrict = libc.func('syscall', 'long', ['long', 'int', 'uint32_t']);
  const seccomp = libc.func('syscall', 'long', ['long', 'uint32_t', 'uint32_t', program]);
  const capset = libc.func('syscall', 'long', ['long', 'void *', 'void *']);
  const prctl = libc.func('prctl', 'int', ['int', 'long', 'long', 'long', 'long']);
  const unshare = libc.func('unshare', 'int', ['int']);
  const mount = libc.func('mount', 'int', ['str', 'str', 'str', 'unsigned long', 'void *']);
  return {
    landlockAbi: () => Math.max(0, create(LANDLOCK_CREATE, null, 0, 1)),
    landlockCreate: (attributes) =>
      check('landlock_create_ruleset', create(LANDLOCK_CREATE, attributes, attributes.length, 0)),
    landlockAllow: (ruleset, rule) => void check('landlock_add_rule', add(LANDLOCK_ADD, ruleset, 1, rule, 0)),
    landlockRestrict: (ruleset) => void check('landlock_restrict_self', restrict(LANDLOCK_RESTRICT, ruleset, 0)),
    seccomp(filter) {
      const argument = { length: filter.length / 8, filter };
      check('seccomp', seccomp(numbers.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, argument));
    },
    noNewPrivileges: () => void check('prctl', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)),
    capset: (header, data) => void check('capset', capset(numbers.capset, header, data)),
    clearAmbientCapabilities: () => void prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
    unshareMounts: () => void check('unshare', unshare(CLONE_NEWNS)),
    mount: (source, target, flags) => void check('mount', mount(source, target, null, flags, null)),
  };
}
