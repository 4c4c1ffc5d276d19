import { rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import {
  allOf,
  contentHash,
  type DependencyState,
  dependencyError,
  type InstallOutcome,
  type InstallRun,
  isNetworkFailure,
  type Owner,
  type ToolResult,
  toolFailed,
  withSource,
  writeWhole,
} from '@fastfn/dependencies';
import { installedPackages } from './installed.js';
import { packageOf } from './known-packages.js';
import { LOCK, lockText, readLock } from './lock-file.js';
import { findInstaller, isConflict, missingPipHint, notFoundPackage, type PythonInstaller } from './pip.js';
import { hasModule } from './provided.js';
import type { PythonDependenciesOptions } from './python-dependencies.js';
import { normalise, type RequirementsFile, readRequirements, requirementHints, textOf } from './requirements.js';
import { TargetFolder } from './target-folder.js';

/** What a handler wants of the folder that has its dependencies. */
export interface PythonWants {
  readonly fn: FunctionSpec;
  readonly owner: Owner;
  readonly requirements: RequirementsFile;
  /** What handlers ask for beside the manifest. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Modules that the handler imports from elsewhere. */
  readonly imports: readonly string[];
  /** Of those, what neither the folder nor the interpreter has now. */
  readonly missing: readonly string[];
  /** Python version and platform. */
  readonly tag: string;
  readonly state: DependencyState | null;
}

/** Lines of the tools that say how far they are. */
const PROGRESS = /^\s*(?:Collecting|Downloading|Building|Installing|Resolved|Prepared|Installed|Downloaded) /;

/** One installation of a folder's packages: into a new folder that then takes the place of the old. */
export class PythonInstall {
  readonly #wants: PythonWants;
  readonly #options: PythonDependenciesOptions;
  readonly #run: InstallRun;
  readonly #target: TargetFolder;
  readonly #tool: PythonInstaller;
  readonly #lock: string;
  /** Packages that imports asked for, by name, and the module. */
  readonly #inferred = new Map<string, string>();
  readonly #unresolved = new Set<string>();

  constructor(wants: PythonWants, options: PythonDependenciesOptions, run: InstallRun) {
    this.#wants = wants;
    this.#options = options;
    this.#run = run;
    this.#target = new TargetFolder(wants.owner.folder);
    this.#tool = findInstaller(options.python, options.env);
    this.#lock = join(wants.owner.folder, LOCK);
  }

  /** @throws FastFnError `dependency_failed` */
  async install(): Promise<InstallOutcome> {
    const { requirements, missing, sources } = this.#wants;
    const isDeclared = !requirements.isEmpty || allOf(sources).length > 0;
    if (!isDeclared && missing.length === 0) return this.#clear();
    try {
      if (isDeclared) {
        this.#target.begin();
        await this.#installDeclared();
      }
      this.#infer(isDeclared ? missing.filter((module) => !hasModule(this.#target.staging, module)) : missing);
      while (this.#inferred.size > 0 && !(await this.#installAll()));
      this.#refuseUnresolved();
      if (!isDeclared && this.#inferred.size === 0) return this.#outcome(false);
      this.#target.commit();
    } finally {
      this.#target.discard();
    }
    return this.#outcome(true);
  }

  /** The last requirement is gone. */
  #clear(): InstallOutcome {
    this.#target.remove();
    rmSync(this.#lock, { force: true });
    return { ...this.#facts([]), wrote: [this.#lock], empty: true };
  }

  /** Manifest and hints: as the lock says where it holds, else with its versions as far as they go. */
  async #installDeclared(): Promise<void> {
    const lock = readLock(this.#lock);
    if (lock?.key === this.#key()) {
      this.#run.progress(`installing ${names(lock.packages)} with ${this.#tool.name}`);
      await this.#must(['--no-deps', '-r', this.#lock]);
      return;
    }
    this.#run.progress(`installing ${names(this.#declared())} with ${this.#tool.name}`);
    const args = this.#declaredArgs();
    if (lock !== null && lock.packages.length > 0) {
      const result = await this.#pip([...args, '-c', this.#lock]);
      if (result.ok) return;
      if (!isConflict(result.lines)) throw this.#failed(result);
      this.#target.begin();
    }
    await this.#must(args);
  }

  #infer(modules: readonly string[]): void {
    for (const module of modules) {
      const name = packageOf(module);
      if (name === null) this.#unresolved.add(module);
      else this.#inferred.set(name, module);
    }
  }

  /**
   * Everything at once, so that the versions go together.
   * @returns false when an inferred package does not exist: without it, once more
   */
  async #installAll(): Promise<boolean> {
    const inferred = [...this.#inferred.keys()];
    this.#run.progress(`installing ${names([...this.#declared(), ...inferred])} with ${this.#tool.name}`);
    this.#target.begin();
    // A guessed name must not run code of its own here: what is built from source is for the manifest to name.
    const wheels = inferred.flatMap((name) => ['--only-binary', name]);
    const result = await this.#pip([...this.#declaredArgs(), ...inferred, ...wheels]);
    if (!result.ok) {
      const unknown = isNetworkFailure(result.lines) ? null : notFoundPackage(result.lines);
      const guess = inferred.find((name) => unknown !== null && normalise(name) === normalise(unknown));
      if (guess === undefined) throw this.#failed(result);
      this.#giveUp(guess);
      return false;
    }
    // A package of that name exists, but it is another one.
    const wrong = inferred.filter((name) => !hasModule(this.#target.staging, this.#inferred.get(name)!));
    for (const name of wrong) this.#giveUp(name);
    return wrong.length === 0;
  }

  #giveUp(name: string): void {
    this.#unresolved.add(this.#inferred.get(name)!);
    this.#inferred.delete(name);
  }

  #refuseUnresolved(): void {
    if (!this.#options.switches.strict || this.#unresolved.size === 0) return;
    const { fn, owner } = this.#wants;
    const modules = [...this.#unresolved].map((name) => `"${name}"`).join(', ');
    throw dependencyError(
      `${basename(fn.entry)} imports ${modules}, and no package of that name was found for it. Name the right package in ` +
        `${relative(fn.root, owner.manifest)} or in a #@requirements line, mend the import, or set FN_AUTO_INFER_STRICT=0.`,
      fn.entry,
    );
  }

  #outcome(isInstalled: boolean): InstallOutcome {
    const { fn, owner, state } = this.#wants;
    const inferred = [...this.#inferred.keys()];
    const wrote: string[] = [];
    let { sources } = this.#wants;
    if (this.#options.switches.writeManifest && inferred.length > 0) {
      writeWhole(owner.manifest, withPackages(textOf(owner.manifest), inferred));
      wrote.push(owner.manifest);
    } else if (inferred.length > 0) {
      const own = sources[relative(owner.folder, fn.entry)] ?? [];
      sources = withSource(sources, owner.folder, fn.entry, [...own, ...inferred]);
    }
    const packages = isInstalled ? installedPackages(this.#target.path) : [];
    if (isInstalled) {
      const text = lockText(packages, this.#key(sources));
      if (textOf(this.#lock) !== text) writeWhole(this.#lock, text);
      wrote.push(this.#lock);
    }
    const known = new Set([...readRequirements(owner.manifest).names, ...allOf(sources).map(normalise)]);
    const before = (state?.inferred ?? []).filter((name) => known.has(normalise(name)) && !inferred.includes(name));
    const facts = this.#facts([...before, ...inferred], sources);
    return { ...facts, resolved: packages.map(({ name, version }) => `${name}==${version}`), wrote };
  }

  #facts(inferred: readonly string[], sources = this.#wants.sources): Omit<InstallOutcome, 'wrote'> {
    const { owner, tag } = this.#wants;
    const { names: declared, files, isEmpty } = readRequirements(owner.manifest);
    const guessed = new Set(inferred.map(normalise));
    const isAllGuessed = [...declared, ...allOf(sources).map(normalise)].every((name) => guessed.has(name));
    return {
      mode: inferred.length === 0 ? 'manifest' : isAllGuessed ? 'inferred' : 'mixed',
      manifest: isEmpty ? null : basename(owner.manifest),
      lock: readLock(this.#lock) === null ? null : LOCK,
      inferred,
      resolved: [],
      unresolved: [...this.#unresolved],
      sources,
      hash: contentHash({ tag, extras: allOf(sources) }, [...files, this.#lock]),
    };
  }

  /** What the lock holds for; without paths, for it is used on other machines too. */
  #key(sources = this.#wants.sources): string {
    const { files } = readRequirements(this.#wants.owner.manifest);
    return contentHash([this.#wants.tag, allOf(sources), files.map(textOf)]);
  }

  #declared(): string[] {
    const { requirements, sources } = this.#wants;
    return [...new Set([...requirements.names, ...allOf(sources)])];
  }

  #declaredArgs(): string[] {
    const { requirements, sources, owner } = this.#wants;
    return [...(requirements.isEmpty ? [] : ['-r', owner.manifest]), ...allOf(sources)];
  }

  async #must(args: readonly string[]): Promise<void> {
    const result = await this.#pip(args);
    if (!result.ok) throw this.#failed(result);
  }

  async #pip(args: readonly string[]): Promise<ToolResult> {
    const command = this.#tool.command({ target: this.#target.staging, cwd: this.#wants.owner.folder, args });
    const result = await this.#run.tool({
      ...command,
      timeoutMs: this.#options.timeoutMs,
      onLine: (line) => {
        if (PROGRESS.test(line)) this.#run.progress(line.trim());
      },
    });
    this.#run.signal.throwIfAborted();
    return result;
  }

  #failed(result: ToolResult) {
    const { fn, owner } = this.#wants;
    const hinted = requirementHints(textOf(fn.entry)).length > 0;
    const subject = relative(fn.root, owner.hasManifest ? owner.manifest : fn.entry);
    return toolFailed(
      {
        subject: hinted && owner.hasManifest ? `${subject} and ${relative(fn.root, fn.entry)}` : subject,
        tool: `${this.#tool.name} install`,
        hint: missingPipHint(result.lines),
      },
      result,
    );
  }
}

/** A requirements file with further packages at its end. */
function withPackages(text: string, packages: readonly string[]): string {
  const head = text === '' ? '# Packages that FastFN found in the imports of your code. Yours to edit.\n' : text;
  return `${head}${head.endsWith('\n') ? '' : '\n'}${packages.join('\n')}\n`;
}

function names(requirements: readonly string[]): string {
  const shown = requirements.slice(0, 4).map((one) => one.replace(/\s*[<>=!~;@[].*$/, ''));
  return `${shown.join(', ')}${requirements.length > 4 ? ` and ${requirements.length - 4} more` : ''}`;
}
