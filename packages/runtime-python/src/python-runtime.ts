import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { importsOfHandler } from './dependencies/local-modules.js';
import { type DependencySwitches, PythonDependencies } from './dependencies/python-dependencies.js';
import { isStandardModule } from './dependencies/standard-library.js';
import { findPython } from './find-python.js';

export interface PythonRuntimeOptions {
  /** Path or name of the interpreter (`FN_PYTHON_BIN`); default: `python3`, then `python`, on PATH. */
  readonly bin?: string;
  /** Environment of the daemon, over the one it gets anyway; also decides, with its PATH, which interpreter is found. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment of pip and uv, where what begins with `FN_` is left out; default: our own. */
  readonly toolEnv?: NodeJS.ProcessEnv;
  /** What may be installed by itself; default: everything. */
  readonly dependencies?: Partial<DependencySwitches>;
  /** Time limit of an installation, ms; default 180 s. */
  readonly installTimeoutMs?: number;
}

const SHIM = fileURLToPath(new URL('../shim/fastfn_python.py', import.meta.url));

/** The host half of Python: finds an interpreter, installs dependencies, says how to start the daemon. */
export function createPythonRuntime(options: PythonRuntimeOptions = {}): RuntimeAdapter {
  const { bin, env = {}, toolEnv = process.env, installTimeoutMs: timeoutMs } = options;
  const switches = { install: true, infer: true, writeManifest: true, strict: true, ...options.dependencies };
  let interpreter: string | null = null;
  let dependencies: PythonDependencies | null = null;

  async function detect() {
    const status = await findPython(bin, { ...process.env, ...env });
    if (status.ok) {
      // A version manager's wrapper costs tens of ms at each start: the interpreter behind it is what is run.
      interpreter = status.path;
      const { version } = status;
      dependencies ??= new PythonDependencies({
        python: interpreter,
        version,
        switches,
        env: { ...withoutOurs(toolEnv), ...env },
        timeoutMs,
      });
    }
    return status;
  }

  return {
    runtime: 'python',
    // What async handlers can do more than that, their workers say themselves.
    defaultConcurrency: 1,
    detect,
    daemonCommand({ socket }) {
      return { command: interpreter ?? bin ?? 'python3', args: [SHIM, '--socket', socket], env };
    },
    codePaths: (fn) => importsOfHandler(fn, isStandardModule).files,
    // What has nothing to install must not wait for what has.
    gathersPreparations: true,
    async prepare(fn, prepareOptions) {
      if (dependencies === null) await detect();
      if (dependencies === null) return { entry: fn.entry, env: {}, readPaths: [] };
      return dependencies.prepare(fn, prepareOptions);
    },
    async close() {
      await dependencies?.close();
    },
  };
}

/** The user's own settings of pip, proxies and certificates; nothing of ours, tokens above all. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FN_')));
}
