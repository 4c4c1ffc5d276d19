import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join, relative } from 'node:path';
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
import { PythonInstall, type PythonWants } from './install.js';
import { packageOf } from './known-packages.js';
import { importsOfHandler } from './local-modules.js';
import { LOCK } from './lock-file.js';
import { hasModule, InterpreterModules } from './provided.js';
import { normalise, readRequirements, requirementHints, requirementName, textOf } from './requirements.js';
import { isStandardModule } from './standard-library.js';
import { DEPS } from './target-folder.js';

/** What may be done by itself. SPEC §4: `FN_AUTO_REQUIREMENTS`, `FN_AUTO_INFER_*`. */
export interface DependencySwitches {
  readonly install: boolean;
  readonly infer: boolean;
  readonly writeManifest: boolean;
  readonly strict: boolean;
}

export interface PythonDependenciesOptions {
  readonly python: string;
  /** Of the interpreter, e.g. `3.11.7`. */
  readonly version: string;
  readonly switches: DependencySwitches;
  /** Environment of the tools, without anything of ours. */
  readonly env: NodeJS.ProcessEnv;
  /** Of an installation; default {@link INSTALL_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
}

export const MANIFEST = 'requirements.txt';

/** What the worker itself brings along, and what is private to a package. */
const NO_PACKAGES = /^(?:fastfn(?:_|$)|_)/;

/** Installs what Python handlers need: `requirements.txt`, `#@requirements`, and what their imports tell. SPEC §13. */
export class PythonDependencies {
  readonly #options: PythonDependenciesOptions;
  readonly #installer = new Installer();
  readonly #interpreter: InterpreterModules;

  constructor(options: PythonDependenciesOptions) {
    this.#options = options;
    this.#interpreter = new InterpreterModules(options.python, options.env);
  }

  /** @throws FastFnError `dependency_failed`, `pack_not_found` */
  async prepare(fn: FunctionSpec, options: PrepareOptions): Promise<Prepared> {
    const packs = findPacks(fn).map(({ folder }) => folder);
    for (const pack of packs) await this.#installPack(fn, pack, options);
    const owner = ownerFolder(fn, MANIFEST);
    if (this.#options.switches.install) {
      const plan = (state: DependencyState | null) => this.#plan(fn, owner, state, options);
      await this.#installer.ensure({ runtime: 'python', folder: owner.folder, root: fn.root, plan }, options);
    }
    const folders = [owner.folder, ...packs].map((folder) => join(folder, DEPS)).filter((deps) => existsSync(deps));
    const paths = [...folders, ...packs];
    return {
      entry: fn.entry,
      env: paths.length > 0 ? { PYTHONPATH: paths.join(delimiter) } : {},
      readPaths: paths,
    };
  }

  close(): Promise<void> {
    return this.#installer.close();
  }

  /** What a pack's `requirements.txt` names; modules of the pack itself need none. */
  async #installPack(fn: FunctionSpec, folder: string, options: PrepareOptions): Promise<void> {
    const manifest = join(folder, MANIFEST);
    options.reads?.([manifest]);
    if (!this.#options.switches.install || !existsSync(manifest)) return;
    const owner: Owner = { folder, manifest, hasManifest: true, candidates: [manifest] };
    // No handler of its own: nothing is inferred.
    const pack = { ...fn, folder, ownFolder: folder, entry: manifest, sharedDeps: [] };
    const plan = (state: DependencyState | null) => this.#plan(pack, owner, state, options);
    await this.#installer.ensure({ runtime: 'python', folder, root: fn.root, plan }, options);
  }

  async #plan(
    fn: FunctionSpec,
    owner: Owner,
    state: DependencyState | null,
    { reads }: PrepareOptions,
  ): Promise<InstallPlan | null> {
    const { switches, version } = this.#options;
    const { folder } = owner;
    const requirements = readRequirements(owner.manifest);
    const lock = join(folder, LOCK);
    const { external, files } =
      switches.infer && fn.entry !== owner.manifest
        ? importsOfHandler(fn, isStandardModule)
        : { external: [], files: [fn.entry] };
    reads?.([...owner.candidates, ...requirements.files, lock, ...files]);

    const packs = packFolders(fn).flatMap((pack) => [pack.folder, join(pack.folder, DEPS)]);
    const imports = external.filter(
      (module) => !NO_PACKAGES.test(module) && !packs.some((pack) => hasModule(pack, module)),
    );
    const sources = withSource(state?.sources ?? {}, folder, fn.entry, wantedBeside(fn, folder, state, imports));
    const extras = allOf(sources);
    const deps = join(folder, DEPS);
    const isDeclared = !requirements.isEmpty || extras.length > 0;
    let missing = imports.filter((module) => !hasModule(deps, module));
    if (missing.length > 0) missing = await this.#interpreter.missing(missing);

    const tag = [version.split('.').slice(0, 2).join('.'), platform(), arch()].join('-');
    const hash = (): string => contentHash({ tag, extras }, [...readRequirements(owner.manifest).files, lock]);
    if (state?.hash === hash() && !switches.strict) {
      missing = missing.filter((module) => !state.unresolved.includes(module));
    }
    if (!isDeclared && missing.length === 0 && state === null) return null;
    const wants: PythonWants = { fn, owner, requirements, sources, imports, missing, tag, state };
    return {
      hash: hash(),
      wanted: contentHash({ tag, extras, missing }, requirements.files),
      isPresent: missing.length === 0 && (!isDeclared || existsSync(deps)),
      install: (run) => new PythonInstall(wants, this.#options, run).install(),
    };
  }
}

/**
 * What a handler asks for beside the manifest: its hints, and what was inferred for it and could not be written there, as
 * long as it imports that.
 */
function wantedBeside(
  { entry }: FunctionSpec,
  folder: string,
  state: DependencyState | null,
  imports: readonly string[],
): string[] {
  const hints = requirementHints(textOf(entry));
  const hinted = new Set(hints.map(requirementName));
  const imported = new Set(imports.flatMap((module) => packageOf(module) ?? []).map(normalise));
  const before = state?.sources[relative(folder, entry)] ?? [];
  const inferred = before.filter((one) => {
    const name = requirementName(one);
    return name !== null && !hinted.has(name) && imported.has(name) && state!.inferred.map(normalise).includes(name);
  });
  return [...hints, ...inferred];
}
