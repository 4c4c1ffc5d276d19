import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { SandboxPaths } from '@fastfn/protocol';
import type { Syscalls } from './syscalls.js';

/** Not among Node's constants. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_SLAVE = 1 << 19;

/** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, NET_BIND_SERVICE. */
const KEPT_CAPABILITIES = 0x41b;
const CAPABILITY_VERSION = 0x20080522;

const EXECUTE = 1;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const MAKE_CHAR = 1 << 6;
const MAKE_BLOCK = 1 << 11;
const REFER = 1 << 13;
const TRUNCATE = 1 << 14;
const IOCTL_DEV = 1 << 15;
/** What every Landlock knows. */
const FIRST_RIGHTS = (1 << 13) - 1;
/** Abstract Unix sockets and signals. */
const SCOPES = 3;

/** Threads of this process. Landlock reaches the one that asks, and those made later. */
export function countThreads(): number {
  return readdirSync('/proc/self/task').length;
}

/** In this process these paths lead nowhere from now on. @param empty laid over folders */
export function hidePaths(system: Syscalls, paths: readonly string[], empty: string): void {
  system.unshareMounts();
  system.mount(null, '/', MS_REC | MS_SLAVE);
  for (const path of paths) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    system.mount(stats.isDirectory() ? empty : '/dev/null', path, MS_BIND);
    // A device on such a mount cannot be opened, by root neither.
    system.mount(null, path, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC);
  }
}

/** Keeps those over files and low ports, where there are any to keep. */
export function dropCapabilities(system: Syscalls): void {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  const effective = Number.parseInt(/^CapEff:\s*(?:[0-9a-f]{8})?([0-9a-f]{8})$/m.exec(status)?.[1] ?? '0', 16);
  const kept = effective & KEPT_CAPABILITIES;
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAPABILITY_VERSION);
  const data = Buffer.alloc(24);
  data.writeUInt32LE(kept, 0);
  data.writeUInt32LE(kept, 4);
  system.capset(header, data);
  system.clearAmbientCapabilities();
}

/** Landlock: from now on these paths alone, and no signals to others. @returns the ABI */
export function restrictPaths(system: Syscalls, reach: SandboxPaths): number {
  const abi = system.landlockAbi();
  if (abi === 0) throw new Error('the kernel has no Landlock');
  const handled = FIRST_RIGHTS | (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0) | (abi >= 5 ? IOCTL_DEV : 0);
  const attributes = Buffer.alloc(abi >= 6 ? 24 : abi >= 4 ? 16 : 8);
  attributes.writeUInt32LE(handled);
  if (abi >= 6) attributes.writeUInt32LE(SCOPES, 16);
  const ruleset = system.landlockCreate(attributes);
  try {
    const everything = handled & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK);
    const onFile = READ_FILE | WRITE_FILE | (handled & (TRUNCATE | IOCTL_DEV));
    for (const path of reach.read) allow(system, ruleset, path, READ_FILE | READ_DIR, READ_FILE);
    for (const path of reach.list) allow(system, ruleset, path, READ_DIR, 0);
    for (const path of reach.write) allow(system, ruleset, path, everything, onFile);
    system.noNewPrivileges();
    system.landlockRestrict(ruleset);
  } finally {
    closeSync(ruleset);
  }
  return abi;
}

/** seccomp, for all threads. @param filter `code, jt, jf, k` of each instruction; `k` -1 is our pid, -2 its negative */
export function restrictCalls(system: Syscalls, filter: readonly number[]): void {
  const program = Buffer.alloc(filter.length * 2);
  for (let i = 0; i < filter.length; i += 4) {
    const at = i * 2;
    const k = filter[i + 3]!;
    program.writeUInt16LE(filter[i]!, at);
    program.writeUInt8(filter[i + 1]!, at + 2);
    program.writeUInt8(filter[i + 2]!, at + 3);
    program.writeUInt32LE((k === -1 ? process.pid : k === -2 ? -process.pid : k) >>> 0, at + 4);
  }
  system.noNewPrivileges();
  system.seccomp(program);
}

function allow(system: Syscalls, ruleset: number, path: string, onFolder: number, onFile: number): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | O_PATH | O_CLOEXEC);
  } catch {
    // Not there, or not for us: nothing to allow.
    return;
  }
  try {
    const rights = fstatSync(fd).isDirectory() ? onFolder : onFile;
    if (rights === 0) return;
    const rule = Buffer.alloc(12);
    rule.writeUInt32LE(rights);
    rule.writeInt32LE(fd, 8);
    system.landlockAllow(ruleset, rule);
  } finally {
    closeSync(fd);
  }
}
