import { delimiter, relative } from 'node:path';
import type { LoadErrorInfo, OutputStreamNumber, StartSpec } from '@fastfn/protocol';
import { PACKS_VARIABLE } from '../packs-variable.js';
import { readFailure } from './debug-info.js';
import { Files } from './files.js';
import { hostFunctions } from './host-functions.js';
import { LuaMachine, shimSource } from './lua-machine.js';
import { ModuleFinder } from './modules.js';

/** Where `shim/main.lua` leaves its functions. */
export const LUA = { load: 1, begin: 2, resume: 3, cancel: 4 } as const;

/** Bound of a function that names none, MiB. */
export const DEFAULT_MEMORY_MB = 128;

const MIB = 1_048_576;

/** Room while no function is known: the shim alone needs less than one. */
const SPARE_BYTES = 64 * MIB;

/** A Lua state with the shim in it, and from {@link load} on with one function. */
export class Program {
  readonly machine: LuaMachine;
  /** Takes what Lua prints. */
  output: (stream: OutputStreamNumber, bytes: Buffer) => void = () => {};
  #files: Files | null = null;
  #modules: ModuleFinder | null = null;
  #env: Readonly<Record<string, string | undefined>> = {};
  #memoryMb = DEFAULT_MEMORY_MB;

  constructor(wasm: WebAssembly.Module) {
    this.machine = new LuaMachine(wasm, SPARE_BYTES);
    this.machine.boot(
      shimSource('main'),
      hostFunctions(() => ({
        output: this.output,
        env: this.#env,
        files: this.#files!,
        findModule: (name) => this.#modules!.find(name),
      })),
    );
  }

  /** MiB that this function may use. */
  get memoryMb(): number {
    return this.#memoryMb;
  }

  /** Absolute paths of what was loaded. */
  get files(): readonly string[] {
    return [...(this.#modules?.files ?? [])];
  }

  get fileCount(): number {
    return this.#modules?.files.size ?? 0;
  }

  absolute(path: string): string {
    return this.#modules!.absolute(path);
  }

  /**
   * Loads the function, once.
   * @returns what is wrong with it; null when it can be called
   */
  load(spec: StartSpec): LoadErrorInfo | null {
    const { entry, root, folder, handler, adapter, env, process_env, secrets, context, memory_mb, sandbox } = spec;
    const name = relative(root, entry);
    if (adapter !== null) {
      const message = `${name} asks for the adapter "${adapter}", which Lua does not have. Remove \`invoke.adapter\`.`;
      return { code: 'invalid_config', message, files: [entry] };
    }
    // Without a prototype: its names are no variables.
    const { [PACKS_VARIABLE]: packs, ...ambient } = process_env;
    this.#env = Object.assign(Object.create(null), process.env, ambient, env);
    this.#files = new Files({ folder, reach: sandbox });
    const modules = new ModuleFinder(root, folder, packs?.split(delimiter));
    this.#modules = modules;
    this.#memoryMb = memory_mb > 0 ? memory_mb : DEFAULT_MEMORY_MB;
    this.machine.limitMemory(this.#memoryMb * MIB);

    let source: Buffer;
    try {
      ({ source } = modules.entry(entry));
    } catch (error) {
      return this.#notLoaded(`${name} could not be read: ${(error as Error).message}`);
    }
    const text = JSON.stringify({
      path: name,
      folder,
      package_path: modules.packagePath,
      handler,
      env,
      secrets,
      context,
    });
    this.machine.prepare(LUA.load);
    this.machine.pushText(text);
    this.machine.pushBytes(source);
    return this.machine.run((results) => {
      const outcome = results.number(1);
      if (outcome === 0) return null;
      if (outcome === 2) return this.#notLoaded(results.text(2));
      const { debug, text: trace } = readFailure(results, 2, (path) => this.absolute(path));
      this.output(2, Buffer.from(`${trace}\n`));
      return { ...this.#notLoaded(`${name} could not be loaded.`), debug };
    });
  }

  #notLoaded(message: string): LoadErrorInfo {
    return { code: 'handler_error', message, files: this.files };
  }

  close(): void {
    this.#files?.closeAll();
  }
}
