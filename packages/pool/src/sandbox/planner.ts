import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec, Prepared, RuntimeAdapter } from '@fastfn/core';
import type { SandboxSpec } from '@fastfn/protocol';
import { seccompFilter } from './filter.js';
import { around } from './paths.js';
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
  }

  /** Null: the function wants none. */
  specFor({ fn, prepared, adapter, tmp }: SandboxOf): SandboxSpec | null {
    if (!fn.policy.strictFs) return null;
    const root = realPath(fn.root) ?? fn.root;
    const ownFolder = realPath(fn.ownFolder) ?? fn.ownFolder;
    this.#ownFolders ??= [...new Set(existing(this.#functions.map((other) => other.ownFolder)))];
    const plan = planSandbox(
      {
        root,
        folder: realPath(fn.folder) ?? fn.folder,
        ownFolder,
        tree: this.#tree(root),
        others: this.#ownFolders.filter((folder) => folder !== ownFolder),
        guarded: existing([...this.#options.guarded, join(root, '.git'), join(root, '.env'), join(root, '.fastfn')]),
        read: [...this.#system, ...this.#codeOf(fn, prepared, adapter)],
        allow: this.#allow,
        tmp: realPath(tmp) ?? tmp,
      },
      list,
    );
    const { empty } = this.#options;
    return { strict: true, ...plan, empty, unix: this.#unix, filter: this.#filter };
  }

  /** Read once per preparation: a newer state of the code is prepared anew. */
  #codeOf(fn: FunctionSpec, prepared: Prepared, adapter: RuntimeAdapter): readonly string[] {
    let paths = this.#code.get(prepared);
    if (paths === undefined) {
      paths = existing([prepared.entry, ...prepared.readPaths, ...(adapter.codePaths?.(fn, prepared) ?? [])]);
      this.#code.set(prepared, paths);
    }
    return paths;
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

function list(folder: string): string[] {
  return entriesOf(folder).map((entry) => entry.name);
}

function existing(paths: readonly string[]): string[] {
  return paths.map(realPath).filter((path) => path !== null);
}
