import { DEFAULT_RUNTIME_ORDER, type FunctionSpec, type Runtime } from '@fastfn/core';
import { compareText } from './pattern.js';
import { compareRuntimes } from './settle.js';

/** Functions by name and version, in the order in which they answer to it. */
export class NameIndex {
  readonly #entries = new Map<string, { fn: FunctionSpec; alias: boolean }[]>();

  constructor(functions: readonly FunctionSpec[], runtimeOrder: readonly Runtime[] = DEFAULT_RUNTIME_ORDER) {
    for (const fn of functions) {
      this.#add(fn.name, fn, false);
      for (const alias of fn.aliases) if (alias !== fn.name) this.#add(alias, fn, true);
    }
    for (const entries of this.#entries.values()) {
      entries.sort(
        (a, b) =>
          Number(a.alias) - Number(b.alias) ||
          compareRuntimes(a.fn.runtime, b.fn.runtime, runtimeOrder) ||
          compareText(a.fn.key, b.fn.key),
      );
    }
  }

  /** A real name goes before an alias; among equals the runtime order decides. */
  find(name: string, version = 'default', runtime?: string): FunctionSpec | null {
    const entries = this.#entries.get(`${version} ${name}`);
    const entry = runtime === undefined ? entries?.[0] : entries?.find(({ fn }) => fn.runtime === runtime);
    return entry?.fn ?? null;
  }

  #add(name: string, fn: FunctionSpec, alias: boolean): void {
    const key = `${fn.version} ${name}`;
    const entries = this.#entries.get(key);
    if (entries === undefined) this.#entries.set(key, [{ fn, alias }]);
    else entries.push({ fn, alias });
  }
}
