import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';
import type { FunctionSpec, Prepared, PrepareOptions } from '@fastfn/core';
import {
  allOf,
  contentHash,
  type DependencyState,
  findPacks,
  Installer,
  type InstallPlan,
  type Owner,
  ownerFolder,
  packFolders,
  withSource,
} from '@fastfn/dependencies';
import { NodeInstall, type NodeWants } from './install.js';
import { findPackage } from './installed.js';
import { importsOfHandler, type PackageImport, packagesAtRunTime } from './local-files.js';
import { lockName, MANIFEST, readManifest } from './manifest.js';
import { Npm } from './npm.js';

/** What may be done by itself. SPEC §4: `FN_AUTO_NODE_DEPS`, `FN_AUTO_INFER_*`. */
export interface DependencySwitches {
  readonly install: boolean;
  readonly infer: boolean;
  readonly writeManifest: boolean;
  readonly strict: boolean;
}

export interface NodeDependenciesOptions {
  /** Executable and version of the Node that handlers run on. */
  readonly node: string;
  readonly version: string;
  /** `FN_NPM_BIN`. */
  readonly npm?: string;
  readonly switches: DependencySwitches;
  /** Environment of npm, without anything of ours. */
  readonly env: NodeJS.ProcessEnv;
  /** Of an installation, ms; default 180 s. */
  readonly timeoutMs?: number;
}

/** Installs what JavaScript and TypeScript handlers need: `package.json`, and what their imports tell. SPEC §13. */
export class NodeDependencies {
  readonly #options: NodeDependenciesOptions;
  readonly #installer = new Installer();
  readonly #npm: Npm;

  constructor(options: NodeDependenciesOptions) {
    this.#options = options;
    this.#npm = new Npm(options.npm, options.node, options.env);
  }

  /** @throws FastFnError `dependency_failed`, `pack_not_found` */
  async prepare(fn: FunctionSpec, options: PrepareOptions): Promise<Prepared> {
    const packs = findPacks(fn).map(({ folder }) => folder);
    for (const pack of packs) await this.#installPack(fn, pack, options);
    const shared = packs.map((pack) => join(pack, 'node_modules')).filter((modules) => existsSync(modules));
    let packages: readonly PackageImport[] = [];
    if (this.#options.switches.install) {
      const owner = ownerFolder(fn, MANIFEST);
      const plan = (state: DependencyState | null): InstallPlan | null => {
        const code = importsOfHandler(fn);
        packages = code.packages;
        const locks = ['package-lock.json', 'npm-shrinkwrap.json'].map((name) => join(owner.folder, name));
        options.reads?.([...owner.candidates, ...locks, ...code.files]);
        return this.#plan(fn, owner, state, packages);
      };
      await this.#installer.ensure({ runtime: 'node', folder: owner.folder, root: fn.root, plan }, options);
    }
    return {
      entry: fn.entry,
      env: shared.length > 0 ? { NODE_PATH: shared.join(delimiter) } : {},
      readPaths: [...readPaths(fn, packages), ...packs, ...shared.map((modules) => realpathSync(modules))],
    };
  }

  /** What a pack's `package.json` names; a pack may also bring its `node_modules` and have none. */
  async #installPack(fn: FunctionSpec, folder: string, options: PrepareOptions): Promise<void> {
    const manifest = join(folder, MANIFEST);
    const locks = ['package-lock.json', 'npm-shrinkwrap.json'].map((name) => join(folder, name));
    options.reads?.([manifest, ...locks]);
    if (!this.#options.switches.install || !existsSync(manifest)) return;
    const owner: Owner = { folder, manifest, hasManifest: true, candidates: [manifest] };
    // No handler of its own: nothing is inferred.
    const pack = { ...fn, folder, ownFolder: folder, entry: manifest };
    const plan = (state: DependencyState | null) => this.#plan(pack, owner, state, []);
    await this.#installer.ensure({ runtime: 'node', folder, root: fn.root, plan }, options);
  }

  close(): Promise<void> {
    return this.#installer.close();
  }

  #plan(
    fn: FunctionSpec,
    owner: Owner,
    state: DependencyState | null,
    imported: readonly PackageImport[],
  ): InstallPlan | null {
    const { switches, version } = this.#options;
    const { folder } = owner;
    const shown = relative(fn.root, owner.manifest);
    const manifest = readManifest(folder, shown);
    const own = relative(folder, fn.entry);
    // Only what could not be written into the manifest; a handler that does not import it any more does not want it.
    const before = (state?.sources[own] ?? []).filter((name) => imported.some((one) => one.name === name));
    const others = switches.writeManifest ? {} : (state?.sources ?? {});
    const sources = withSource(others, folder, fn.entry, switches.writeManifest ? [] : before);
    const extras = allOf(sources);

    let missing = switches.infer ? this.#missing(fn, imported, manifest.dependencies) : [];
    const node = version.split('.')[0];
    const hash = (all: readonly string[]): string => {
      const lock = lockName(folder) ?? 'package-lock.json';
      const { relevant } = readManifest(folder, shown);
      return contentHash({ node, relevant, extras: all }, [join(folder, lock)]);
    };
    const now = hash(extras);
    if (state?.hash === now && !switches.strict) {
      missing = missing.filter((name) => !state.unresolved.includes(name));
    }
    const wanted = Object.keys(manifest.dependencies);
    if (wanted.length === 0 && extras.length === 0 && missing.length === 0 && state === null) return null;
    const wants: NodeWants = { fn, owner, manifest, sources, imported, missing, state, hash };
    return {
      hash: now,
      wanted: contentHash({ node, relevant: manifest.relevant, extras, missing }),
      isPresent: missing.length === 0 && [...wanted, ...extras].every((name) => findPackage(name, folder) !== null),
      install: (run) => new NodeInstall(wants, { ...this.#options, npm: this.#npm }, run).install(),
    };
  }

  /** Packages that the code loads, and that neither the manifest names nor Node finds. */
  #missing(fn: FunctionSpec, imported: readonly PackageImport[], declared: Readonly<Record<string, string>>): string[] {
    const packs = packFolders(fn).map(({ folder }) => folder);
    const byFile = new Map<string, string[]>();
    for (const { name, from } of imported) {
      if (name in declared || findPackage(name, dirname(from), fn.env.NODE_PATH) !== null) continue;
      if (packs.some((pack) => findPackage(name, pack) !== null)) continue;
      byFile.set(from, [...(byFile.get(from) ?? []), name]);
    }
    const missing = [...byFile].flatMap(([file, names]) => packagesAtRunTime(file, names));
    return [...new Set(missing)].sort();
  }
}

/**
 * Folders in which Node may look for packages: each `node_modules` from the handler upwards, and where links in them
 * lead (workspaces, pnpm).
 */
function readPaths(fn: FunctionSpec, packages: readonly PackageImport[]): string[] {
  const paths = new Set<string>();
  for (let folder = fn.folder; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) paths.add(modules).add(realpathSync(modules));
    if (folder === dirname(folder)) break;
  }
  for (const { name, from } of packages) {
    const found = findPackage(name, dirname(from));
    if (found === null || !found.includes(`${sep}node_modules${sep}`)) continue;
    const real = realpathSync(found);
    // With pnpm a package's own dependencies are its neighbours.
    const place = basename(dirname(real)).startsWith('@') ? dirname(dirname(real)) : dirname(real);
    const reach = basename(place) === 'node_modules' ? place : real;
    if (![...paths].some((path) => reach === path || reach.startsWith(path + sep))) paths.add(reach);
  }
  return [...paths];
}
