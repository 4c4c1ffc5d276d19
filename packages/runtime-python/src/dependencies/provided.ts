import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isShared } from './known-packages.js';

const PROBE_TIMEOUT_MS = 10_000;

// `-c` puts the working folder on the path; a handler called `random.py` must not be met here.
const PROBE = `
import sys
sys.path[:] = [path for path in sys.path if path]
import importlib.util, os
for module in sys.argv[1:]:
    first, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(first)
        folders = [] if spec is None else list(spec.submodule_search_locations or [])
        found = spec is not None
        for part in rest:
            folders = [os.path.join(folder, part) for folder in folders]
            found = any(os.path.isdir(folder) or os.path.isfile(folder + ".py") for folder in folders)
    except Exception:
        found = True
    if found:
        print(module)
`;

/** As much of a dotted name as tells packages apart: `yaml.constructor` → `yaml`, `google.cloud.storage.blob` → `google.cloud.storage`. */
export function tellingPart(module: string): string {
  const parts = module.split('.');
  let length = 1;
  while (length < parts.length && isShared(parts.slice(0, length).join('.'))) length++;
  return parts.slice(0, length).join('.');
}

/** Whether a folder of installed packages has a module. */
export function hasModule(folder: string, module: string): boolean {
  const parts = tellingPart(module).split('.');
  const last = parts.pop()!;
  const parent = join(folder, ...parts);
  try {
    if (statSync(join(parent, last), { throwIfNoEntry: false })?.isDirectory()) return true;
    return readdirSync(parent).some((name) => name.startsWith(`${last}.`) && /\.(?:py|so|pyd)$/.test(name));
  } catch {
    return false;
  }
}

/** What the interpreter itself has: its own library, and packages installed with it. */
export class InterpreterModules {
  readonly #python: string;
  readonly #env: NodeJS.ProcessEnv;
  /** What is there stays; what is not is asked for again, for it may have been installed. */
  readonly #known = new Set<string>();

  constructor(python: string, env: NodeJS.ProcessEnv) {
    this.#python = python;
    this.#env = env;
  }

  /** Those of the modules that it lacks. An interpreter that does not answer has none. */
  async missing(modules: readonly string[]): Promise<string[]> {
    const asked = [...new Set(modules.map(tellingPart))].filter((name) => !this.#known.has(name));
    if (asked.length > 0) for (const name of await this.#probe(asked)) this.#known.add(name);
    return modules.filter((module) => !this.#known.has(tellingPart(module)));
  }

  #probe(modules: readonly string[]): Promise<string[]> {
    return new Promise((resolve) => {
      const env = { ...this.#env, PYTHONPATH: undefined };
      const options = { env, timeout: PROBE_TIMEOUT_MS, encoding: 'utf8' as const };
      execFile(this.#python, ['-c', PROBE, ...modules], options, (error, stdout) => {
        resolve(error === null ? stdout.split(/\r?\n/).filter((name) => name !== '') : []);
      });
    });
  }
}
