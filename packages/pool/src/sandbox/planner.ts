import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec, Prepared, RuntimeAdapter } from '@fastfn/core';
import type { SandboxSpec } from '@fastfn/protocol';
import { seccompFilter } from './filter.js';
import { around, isWithin } from './paths.js';
import { planSandbox } from './plan.js';
import { realPath, systemRead } from './system-paths.js';
import { entriesOf, type RootTree, readTree } from './tree.js';

export interface SandboxOptions {
  /** `FN_STRICT_FS_ALLOW`, absolute. */
  readonly allow: readonly string[];
  /** Files and folders that no function may reach: state, server settings. Absolute. */
  readonly guarded: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** An empty folder. */
  readonly empty: string;
}

export interface SandboxOf {
  readonly fn: FunctionSpec;
  readonly prepared: Prepared;
  readonly adapter: RuntimeAdapter;
  readonly tmp: string;
  /** Its workers run in this process. */
  readonly inProcess: boolean;
}

/** Says for each worker what it may reach. What it read of the disk holds until the next set of functions. */
export class SandboxPlanner {
  readonly #options: SandboxOptions;
  readonly #allow: readonly string[];
  readonly #system: readonly string[];
  readonly #filter: readonly number[];
  readonly #unix: boolean;
  #functions: readonly FunctionSpec[] = [];
  readonly #code = new WeakMap<Prepared, readonly string[]>();
  #trees = new Map<string, RootTree>();
  #ownFolders: readonly string[] | null = null;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#allow = existing(options.allow);
    this.#system = systemRead(options.env);
    this.#unix = this.#allow.some((path) => statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false);
    this.#filter = seccompFilter(this.#unix);
  }

  /** From now on these are the functions there are, and the disk may have changed. */
  update(functions: readonly FunctionSpec[]): void {
    this.#functions = functions;
    this.#trees.clear();
    this.#ownFolders = null;
    // Ahead of the first worker, whom somebody waits for: 20 ms for 500 functions.
    setImmediate(() => {
      if (this.#functions !== functions) return;
      for (const root of new Set(functions.map((fn) => fn.root))) this.#tree(realPath(root) ?? root);
      this.#folders();
    });
  }

  #folders(): readonly string[] {
    this.#ownFolders ??= [...new Set(existing(this.#functions.map((fn) => fn.ownFolder)))];
    return this.#ownFolders;
  }

  /** Null: the function wants none. */
  specFor({ fn, prepared, adapter, tmp, inProcess }: SandboxOf): SandboxSpec | null {
    if (!fn.policy.strictFs) return null;
    const root = realPath(fn.root) ?? fn.root;
    const ownFolder = realPath(fn.ownFolder) ?? fn.ownFolder;
    const plan = planSandbox(
      {
        root,
        folder: realPath(fn.folder) ?? fn.folder,
        ownFolder,
        tree: this.#tree(root),
        others: this.#folders().filter((folder) => folder !== ownFolder),
        guarded: this.#guarded(root),
        read: [...this.#system, ...this.#codeOf({ fn, prepared, adapter, tmp, inProcess }, root, ownFolder)],
        allow: this.#allow,
        tmp: realPath(tmp) ?? tmp,
      },
      list,
    );
    const { empty } = this.#options;
    return { strict: true, ...plan, empty, unix: this.#unix, filter: this.#filter };
  }

  /** Read once per preparation: a newer state of the code is prepared anew. */
  #codeOf({ fn, prepared, adapter }: SandboxOf, root: string, ownFolder: string): readonly string[] {
    let paths = this.#code.get(prepared);
    if (paths === undefined) {
      const named = [prepared.entry, ...prepared.readPaths, ...(adapter.codePaths?.(fn, prepared) ?? [])];
      paths = named.flatMap((path) => {
        const real = realPath(path);
        if (real === null) return [];
        // Links below root may be some function's work: they lead nowhere that is not code below root. To what lies in its
        // own folder a function has its right anyway.
        if (isWithin(path, fn.ownFolder)) return isWithin(real, ownFolder) ? [real] : [];
        return isWithin(path, fn.root) && !this.#isCode(real, root) ? [] : [real];
      });
      this.#code.set(prepared, paths);
    }
    return paths;
  }

  #isCode(path: string, root: string): boolean {
    const { settings } = this.#tree(root);
    return (
      isWithin(path, root) && !settings.includes(path) && !this.#guarded(root).some((each) => isSecret(path, each))
    );
  }

  #guarded(root: string): string[] {
    return existing([...this.#options.guarded, join(root, '.git'), join(root, '.env'), join(root, '.fastfn')]);
  }

  #tree(root: string): RootTree {
    let tree = this.#trees.get(root);
    if (tree === undefined) {
      const { privates, settings } = readTree(root);
      tree = { settings, privates: privates.flatMap((path) => around(path, settings, list)) };
      this.#trees.set(root, tree);
    }
    return tree;
  }
}

/** Packs lie in the state folder, and are code. */
function isSecret(path: string, guarded: string): boolean {
  return isWithin(path, guarded) && !isWithin(path, join(guarded, 'packs'));
}

function list(folder: string): string[] {
  return entriesOf(folder).map((entry) => entry.name);
}

function existing(paths: readonly string[]): string[] {
  return paths.map(realPath).filter((path) => path !== null);
}
