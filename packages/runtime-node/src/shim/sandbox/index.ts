import { readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxPaths, SandboxReport, SandboxSpec } from '@fastfn/protocol';
import { countThreads, dropCapabilities, hidePaths, restrictCalls, restrictPaths } from './kernel.js';
import { mayMount, mountLauncher } from './launcher.js';
import { Reach } from './reach.js';
import { enforceInNode } from './runtime-level.js';
import { loadSyscalls, type Syscalls } from './syscalls.js';

const OFF: SandboxReport = { level: 'off', abi: 0, hides: false, missing: [] };

const NO_SYSCALLS =
  'Node cannot make the system calls of the kernel level here: it needs Linux on x64 or arm64 and the optional package koffi.';
const NO_MOUNTS =
  "No mounts of its own (they need CAP_SYS_ADMIN or user namespaces): what a function makes in a folder that holds other functions' folders is out of its reach, and its own fn.config.json and fn.env.json are guarded by Node alone.";

/** Confines the worker to what the gateway planned. PROTOCOL.md §6. Made when the process starts, used once. */
export class Sandbox {
  readonly #system: Syscalls | null = loadSyscalls();
  readonly #threads = this.#system === null ? 0 : countThreads();

  /** Restricts this process for good. @param spec null: not at all */
  enter(spec: SandboxSpec | null): SandboxReport {
    if (spec === null) return OFF;
    const missing: string[] = [];
    const { hide, unix } = spec;
    const hides = hide.length === 0 || this.#hide(spec, missing);
    const lists: SandboxPaths = hides || spec.unhidden === null ? spec : spec.unhidden;
    const reach: SandboxPaths = { read: [...lists.read, ...ownPaths()], list: lists.list, write: lists.write };
    try {
      const abi = this.#restrict(reach, spec.filter);
      if (!hides) enforceInNode(new Reach(null, hide), { unix: true, processes: true });
      if (abi < 3)
        missing.push(`Files that may not be written can be truncated (Landlock ABI ${abi}; 3 is in Linux 6.2).`);
      return { level: 'kernel', abi, hides, missing };
    } catch (error) {
      missing.push(
        this.#system === null ? NO_SYSCALLS : `The kernel does not take the sandbox: ${(error as Error).message}.`,
      );
      enforceInNode(new Reach(reach, hide), { unix, processes: false });
      return { level: 'runtime', abi: 0, hides: false, missing };
    }
  }

  #hide({ hide, empty }: SandboxSpec, missing: string[]): boolean {
    if (this.#system === null) return false;
    try {
      hidePaths(this.#system, hide, empty);
      return true;
    } catch {
      missing.push(NO_MOUNTS);
      return false;
    }
  }

  #restrict(reach: SandboxPaths, filter: readonly number[]): number {
    if (this.#system === null) throw new Error(NO_SYSCALLS);
    if (filter.length === 0) throw new Error('no seccomp filter is known for this architecture');
    // libuv's threads would stay as they are.
    if (countThreads() > this.#threads) throw new Error('threads were made too early');
    dropCapabilities(this.#system);
    const abi = restrictPaths(this.#system, reach);
    restrictCalls(this.#system, filter);
    return abi;
  }
}

/** What workers will say of themselves, for the daemon's HELLO. */
export function expectedLevel(): SandboxReport {
  const system = loadSyscalls();
  if (system === null) return { level: 'runtime', abi: 0, hides: false, missing: [NO_SYSCALLS] };
  const abi = system.landlockAbi();
  if (abi === 0) {
    const missing = ['The kernel has no Landlock (Linux 5.13 and newer, `landlock` in its list of LSMs).'];
    return { level: 'runtime', abi, hides: false, missing };
  }
  const hides = mayMount() || mountLauncher().length > 0;
  return { level: 'kernel', abi, hides, missing: hides ? [] : [NO_MOUNTS] };
}

/** What the shim itself reads later: its own files, and the TypeScript compiler. */
function ownPaths(): string[] {
  const paths = [dirname(fileURLToPath(import.meta.url))];
  try {
    const oxc = dirname(realpathSync(createRequire(import.meta.url).resolve('oxc-transform/package.json')));
    // Its native part is a package beside it.
    const natives = join(dirname(oxc), '@oxc-transform');
    paths.push(oxc, ...readdirSync(natives).map((name) => realpathSync(join(natives, name))));
  } catch {
    // TypeScript handlers will say what is missing.
  }
  return paths;
}
