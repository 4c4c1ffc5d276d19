import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { FastFnError, FunctionSpec } from '@fastfn/core';
import {
  allOf,
  type DependencyState,
  dependencyError,
  type InstallOutcome,
  type InstallRun,
  isNetworkFailure,
  type Owner,
  type ToolResult,
  toolFailed,
  withSource,
} from '@fastfn/dependencies';
import { findPackage, isSatisfied, matchesLock, resolvedPackages } from './installed.js';
import type { PackageImport } from './local-files.js';
import { lockName, MANIFEST, type NodeManifest, readManifest } from './manifest.js';
import type { NodeDependenciesOptions } from './node-dependencies.js';
import { isOutOfSync, type Npm, notFoundPackage } from './npm.js';

/** What a handler wants of the folder that has its dependencies. */
export interface NodeWants {
  readonly fn: FunctionSpec;
  readonly owner: Owner;
  readonly manifest: NodeManifest;
  /** What handlers need beside the manifest. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly imported: readonly PackageImport[];
  /** Packages that the code loads, and that are neither declared nor found. */
  readonly missing: readonly string[];
  readonly state: DependencyState | null;
  /** Of things as they are at the time of the call. */
  hash(extras: readonly string[]): string;
}

const NO_NPM = 'Install npm (apt install npm, or Node from https://nodejs.org), or set FN_NPM_BIN to its path.';

/** One installation of a folder's packages, in place, as npm does it. */
export class NodeInstall {
  readonly #wants: NodeWants;
  readonly #options: Omit<NodeDependenciesOptions, 'npm'> & { readonly npm: Npm };
  readonly #run: InstallRun;
  readonly #unresolved = new Set<string>();
  #ran = false;

  constructor(
    wants: NodeWants,
    options: Omit<NodeDependenciesOptions, 'npm'> & { readonly npm: Npm },
    run: InstallRun,
  ) {
    this.#wants = wants;
    this.#options = options;
    this.#run = run;
  }

  /** @throws FastFnError `dependency_failed` */
  async install(): Promise<InstallOutcome> {
    const { owner, manifest, sources } = this.#wants;
    const { folder } = owner;
    const extras = allOf(sources);
    // Half of a package looks like a whole one: npm would keep it.
    if (this.#run.unfinished) rmSync(join(folder, 'node_modules'), { recursive: true, force: true });

    const lacks = !isSatisfied(folder, manifest.dependencies) || !matchesLock(folder);
    if (lacks) await this.#installDeclared();
    const lacksExtras = extras.some((name) => findPackage(name, folder) === null);
    let missing = this.#missing();
    if (lacksExtras || missing.length > 0) missing = await this.#installMissing(extras, missing);
    this.#refuseUnresolved();
    return this.#outcome(missing);
  }

  /** As the lock says; where it does not fit the manifest (any more), as the manifest says. */
  async #installDeclared(): Promise<void> {
    const { owner, manifest } = this.#wants;
    this.#refuseForeign();
    this.#run.progress(`npm installs ${names(Object.keys(manifest.dependencies))}`);
    if (lockName(owner.folder) !== null) {
      const result = await this.#npm(['ci']);
      if (result.ok) return;
      if (!isOutOfSync(result.lines)) throw this.#failed('npm ci', result);
    }
    const result = await this.#npm(['install']);
    if (!result.ok) throw this.#failed('npm install', result);
  }

  /**
   * Packages that no manifest names.
   * @returns those that are installed now
   */
  async #installMissing(extras: readonly string[], missing: readonly string[]): Promise<string[]> {
    const { owner } = this.#wants;
    const { writeManifest, strict } = this.#options.switches;
    let wanted = [...missing];
    this.#refuseForeign(wanted);
    while (wanted.length > 0 || extras.length > 0) {
      const all = writeManifest ? wanted : [...new Set([...extras, ...wanted])];
      this.#run.progress(`npm installs ${names(all)}`);
      if (writeManifest) this.#run.writing([owner.manifest]);
      const result = await this.#npm(['install', writeManifest ? '--save' : '--no-save', ...all]);
      if (result.ok) break;
      const unknown = isNetworkFailure(result.lines) ? null : notFoundPackage(result.lines);
      if (unknown === null || !wanted.includes(unknown)) throw this.#failed('npm install', result);
      this.#unresolved.add(unknown);
      if (strict) break;
      wanted = wanted.filter((name) => name !== unknown);
      if (wanted.length === 0 && extras.every((name) => findPackage(name, owner.folder) !== null)) break;
    }
    return wanted;
  }

  /** Of the missing packages, those that still are. */
  #missing(): string[] {
    const { imported, missing } = this.#wants;
    return missing.filter((name) =>
      imported.some((one) => one.name === name && findPackage(name, dirname(one.from)) === null),
    );
  }

  #refuseUnresolved(): void {
    if (!this.#options.switches.strict || this.#unresolved.size === 0) return;
    const { fn, owner, imported } = this.#wants;
    const [name] = this.#unresolved;
    const from = imported.find((one) => one.name === name)?.from ?? fn.entry;
    throw dependencyError(
      `${relative(fn.root, from)} imports "${name}", and the registry has no such package. Mend the import, put the right ` +
        `package into ${relative(fn.root, owner.manifest)}, or set FN_AUTO_INFER_STRICT=0.`,
      from,
    );
  }

  /** Two tools in one `node_modules` break it. */
  #refuseForeign(missing: readonly string[] = []): void {
    const { fn, owner, manifest } = this.#wants;
    if (manifest.manager === null) return;
    const what = missing.length > 0 ? `add ${missing.join(' ')}` : 'install';
    const folder = relative(fn.root, owner.folder) || 'the functions root';
    throw dependencyError(
      `The dependencies of ${folder} are kept by ${manifest.manager}, and some are missing. Run \`${manifest.manager} ${what}\` there.`,
      owner.manifest,
    );
  }

  #outcome(installed: readonly string[]): InstallOutcome {
    const { fn, owner, state, hash } = this.#wants;
    const { folder } = owner;
    const own = this.#wants.sources[relative(folder, fn.entry)] ?? [];
    const beside = this.#options.switches.writeManifest ? [] : installed;
    const sources = withSource(this.#wants.sources, folder, fn.entry, [...new Set([...own, ...beside])]);
    const extras = allOf(sources);
    const declared = Object.keys(readManifest(folder, MANIFEST).dependencies);
    const known = [...declared, ...extras];
    const before = (state?.inferred ?? []).filter((name) => known.includes(name));
    const inferred = [...new Set([...before, ...installed])];
    const isAllInferred = known.every((name) => inferred.includes(name));
    const lock = lockName(folder);
    return {
      mode: inferred.length === 0 ? 'manifest' : isAllInferred ? 'inferred' : 'mixed',
      manifest: existsSync(owner.manifest) ? MANIFEST : null,
      lock,
      inferred,
      resolved: resolvedPackages(folder),
      unresolved: [...this.#unresolved],
      sources,
      hash: hash(extras),
      present: !this.#ran,
      empty: known.length === 0 && this.#unresolved.size === 0,
      wrote: this.#ran ? [owner.manifest, ...(lock === null ? [] : [join(folder, lock)])] : [],
    };
  }

  async #npm(args: readonly string[]): Promise<ToolResult> {
    const { owner, fn } = this.#wants;
    const { folder } = owner;
    this.#ran = true;
    this.#run.writing([join(folder, lockName(folder) ?? 'package-lock.json')]);
    const command = this.#options.npm.command({ folder, root: fn.root, args });
    const result = await this.#run.tool({ ...command, timeoutMs: this.#options.timeoutMs });
    this.#run.signal.throwIfAborted();
    return result;
  }

  #failed(tool: string, result: ToolResult): FastFnError {
    const { fn, owner } = this.#wants;
    const subject = relative(fn.root, owner.hasManifest ? owner.manifest : fn.entry) || basename(fn.entry);
    return toolFailed({ subject, tool, ...(result.spawnError !== null && { hint: NO_NPM }) }, result);
  }
}

function names(all: readonly string[]): string {
  return `${all.slice(0, 4).join(', ')}${all.length > 4 ? ` and ${all.length - 4} more` : ''}`;
}
