import { constants } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';
import type { Reach } from './reach.js';

/**
 * The runtime level: refuses in Node's own bindings, below `fs`, `fs/promises` and streams alike. What goes around
 * Node, native add-ons above all, goes around this.
 */
export function enforceInNode(reach: Reach, { unix, processes }: { unix: boolean; processes: boolean }): void {
  guardFiles(reach);
  if (!processes) guardProcesses();
  if (!processes && !unix) guardPipes();
  syncBuiltinESMExports();
}

type Native = (...args: unknown[]) => unknown;
type Binding = Record<string, Native>;

const bindingOf = (name: string): Record<string, unknown> =>
  (process as unknown as { binding(name: string): Record<string, unknown> }).binding(name);

const WRITING = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** Which arguments of a function are paths, and what is done with them. Names that a Node does not have are passed over. */
const FILES: Readonly<Record<string, readonly ('read' | 'write' | 'list' | null)[]>> = {
  readFileUtf8: ['read'],
  writeFileUtf8: ['write'],
  internalModuleReadJSON: ['read'],
  readdir: ['list'],
  opendir: ['list'],
  opendirSync: ['list'],
  mkdir: ['write'],
  mkdtemp: ['write'],
  rename: ['write', 'write'],
  unlink: ['write'],
  rmdir: ['write'],
  rmSync: ['write'],
  link: ['read', 'write'],
  symlink: [null, 'write'],
  copyFile: ['read', 'write'],
  cpSyncCopyDir: ['read', 'write'],
  cpSyncOverrideFile: ['read', 'write'],
  chmod: ['write'],
  chown: ['write'],
  lchown: ['write'],
  utimes: ['write'],
  lutimes: ['write'],
};

function guardFiles(reach: Reach): void {
  // What `realpath` needs to follow links is called from within: these stay as they are.
  const fs = bindingOf('fs') as Binding;
  const may = { read: reach.mayRead, write: reach.mayWrite, list: reach.mayList };
  const guard = (name: string, judge: (args: unknown[]) => string | null): void => {
    const native = fs[name];
    if (typeof native !== 'function') return;
    fs[name] = function (this: unknown, ...args: unknown[]) {
      const refused = judge(args);
      if (refused !== null) throw denied('EACCES', `permission denied, ${name} '${refused}' (strict_fs)`, refused);
      return native.apply(this, args);
    };
  };
  for (const [name, kinds] of Object.entries(FILES)) {
    guard(name, (args) => {
      for (const [index, kind] of kinds.entries()) {
        const path = kind === null ? null : textOf(args[index]);
        if (path !== null && !may[kind!](path)) return path;
      }
      return null;
    });
  }
  for (const name of ['open', 'openFileHandle']) {
    guard(name, (args) => {
      const path = textOf(args[0]);
      const writes = ((args[1] as number) & WRITING) !== 0;
      return path === null || (writes ? reach.mayWrite(path) : reach.mayRead(path)) ? null : path;
    });
  }
}

function guardProcesses(): void {
  const refuse = (): never => {
    throw denied('EPERM', 'operation not permitted (strict_fs: no child processes)');
  };
  bindingOf('spawn_sync').spawn = refuse;
  (bindingOf('process_wrap').Process as { prototype: Binding }).prototype.spawn = refuse;
  // A thread of its own would have bindings of its own.
  (workerThreads as { Worker: unknown }).Worker = class {
    constructor() {
      throw denied('EPERM', 'operation not permitted (strict_fs: threads need the kernel level)');
    }
  };
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => {
    if (pid !== 0 && Math.abs(pid) !== process.pid) throw denied('EPERM', 'operation not permitted (strict_fs)');
    return kill(pid, signal);
  };
}

function guardPipes(): void {
  const { prototype } = bindingOf('pipe_wrap').Pipe as { prototype: Binding };
  const EPERM = -1;
  prototype.connect = () => EPERM;
  prototype.bind = () => EPERM;
}

/** Null: a descriptor, which was allowed when it was opened. */
function textOf(path: unknown): string | null {
  if (typeof path === 'string') return path;
  return path instanceof Uint8Array ? Buffer.from(path).toString() : null;
}

function denied(code: string, message: string, path?: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code, ...(path !== undefined && { path }) });
}
