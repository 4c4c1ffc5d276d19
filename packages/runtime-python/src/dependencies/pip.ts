import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ToolCommand } from '@fastfn/dependencies';

/** What installs packages into a folder: uv where it is, else the interpreter's pip. */
export interface PythonInstaller {
  readonly name: 'uv' | 'pip';
  command(request: {
    readonly target: string;
    readonly cwd: string;
    /** Arguments as both tools know them: `-r file`, `-c file`, `name==1`, `--no-deps`, `--only-binary name`. */
    readonly args: readonly string[];
  }): Omit<ToolCommand, 'signal' | 'onStart'>;
}

// `python -m pip` would look for modules in the working folder first, where a handler may be called `logging.py`.
const RUN_PIP =
  'import sys; sys.path[:] = [p for p in sys.path if p]; import runpy; runpy.run_module("pip", run_name="__main__", alter_sys=True)';

/** @param env of the tool, without anything of ours */
export function findInstaller(python: string, env: NodeJS.ProcessEnv): PythonInstaller {
  const uv = onPath('uv', env.PATH ?? '');
  if (uv !== null) {
    return {
      name: 'uv',
      command: ({ target, cwd, args }) => ({
        command: uv,
        args: [
          'pip',
          'install',
          '--python',
          python,
          '--target',
          target,
          '--compile-bytecode',
          '--no-progress',
          ...args,
        ],
        cwd,
        env: uvEnv(env),
      }),
    };
  }
  return {
    name: 'pip',
    command: ({ target, cwd, args }) => ({
      command: python,
      args: ['-c', RUN_PIP, 'install', '--target', target, '--no-input', '--progress-bar', 'off', ...args],
      cwd,
      env: {
        ...env,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_ROOT_USER_ACTION: 'ignore',
        // Five tries take half a minute; without any, pip does not say that it was the network.
        PIP_RETRIES: env.PIP_RETRIES === '0' ? '1' : (env.PIP_RETRIES ?? '2'),
        PYTHONPATH: undefined,
      },
    }),
  };
}

/** uv does not read pip's variables; who set an index for pip means that one. */
function uvEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS, PIP_CERT } = env;
  return {
    ...env,
    ...(PIP_INDEX_URL && !env.UV_DEFAULT_INDEX && !env.UV_INDEX_URL && { UV_INDEX_URL: PIP_INDEX_URL }),
    ...(PIP_EXTRA_INDEX_URL && !env.UV_EXTRA_INDEX_URL && { UV_EXTRA_INDEX_URL: PIP_EXTRA_INDEX_URL }),
    ...(PIP_FIND_LINKS && !env.UV_FIND_LINKS && { UV_FIND_LINKS: PIP_FIND_LINKS }),
    ...(PIP_CERT && !env.SSL_CERT_FILE && { SSL_CERT_FILE: PIP_CERT }),
  };
}

function onPath(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** The package that was not found, when that is what a failed run was about; null otherwise. */
export function notFoundPackage(lines: readonly string[]): string | null {
  for (const line of lines) {
    const match =
      /No matching distribution found for ([\w.-]+)/.exec(line) ??
      /Because ([\w.-]+) (?:was not found in the package registry|has no usable wheels|was not found in the provided)/.exec(
        line,
      ) ??
      /Package `?([\w.-]+)`? was not found in the registry/.exec(line);
    if (match !== null) return match[1]!;
  }
  return null;
}

/** Versions of the lock and of the requirements exclude each other. */
export function isConflict(lines: readonly string[]): boolean {
  return /ResolutionImpossible|conflicting dependencies|No solution found|user requested \(constraint\)|unsatisfiable/i.test(
    lines.join('\n'),
  );
}

/** What to do about a pip that is not there. */
export function missingPipHint(lines: readonly string[]): string | undefined {
  if (!/No module named '?(?:pip|ensurepip)/.test(lines.join('\n'))) return undefined;
  return 'This Python has no pip: apt install python3-pip (Debian, Ubuntu), python3 -m ensurepip, or install uv (https://docs.astral.sh/uv).';
}
