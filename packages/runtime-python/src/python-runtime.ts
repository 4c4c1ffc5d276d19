import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { findPython } from './find-python.js';

export interface PythonRuntimeOptions {
  /** Path or name of the interpreter (`FN_PYTHON_BIN`); default: `python3`, then `python`, on PATH. */
  readonly bin?: string;
  /** Environment of the daemon, over the one it gets anyway; also decides, with its PATH, which interpreter is found. */
  readonly env?: Readonly<Record<string, string>>;
}

const SHIM = fileURLToPath(new URL('../shim/fastfn_python.py', import.meta.url));

/** The host half of Python: finds an interpreter and says how to start the daemon on it. */
export function createPythonRuntime({ bin, env = {} }: PythonRuntimeOptions = {}): RuntimeAdapter {
  let interpreter: string | null = null;
  return {
    runtime: 'python',
    // What async handlers can do more than that, their workers say themselves.
    defaultConcurrency: 1,
    async detect() {
      const status = await findPython(bin, { ...process.env, ...env });
      // A version manager's wrapper costs tens of ms at each start: the interpreter behind it is what is run.
      if (status.ok) interpreter = status.path;
      return status;
    },
    daemonCommand({ socket }) {
      return { command: interpreter ?? bin ?? 'python3', args: [SHIM, '--socket', socket], env };
    },
  };
}
