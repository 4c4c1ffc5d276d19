import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FastFnError, type FunctionSpec, type Prepared, type PrepareOptions } from '@fastfn/core';
import { type BuildOutcome, BuildStates } from '@fastfn/dependencies';
import type { CacheFolder } from './cache-folder.js';
import { buildBroke, compilerError, problemError } from './compiler-output.js';
import { buildFlags } from './go-command.js';
import { type ModuleOwner, moduleOwner, modulesOf } from './module-report.js';
import { makePlan, type Plan, planKey } from './plan.js';
import { run } from './run.js';
import type { Toolchain } from './toolchain.js';

/** With dependencies to fetch. SPEC §13. */
const BUILD_TIMEOUT_MS = 180_000;

/** The program of a function, when it is compiled: a file in the cache, named by all that went into it. */
const PROGRAM = 'function';

/** Beside it, the go.mod that it was built with: it has the versions of all modules. */
const MODULE = 'go.mod';

/**
 * Compiles handlers. What did not change is found in the cache, also after a restart; a build has a folder of its own, so
 * any number of processes may build the same function at once.
 */
export class Builder {
  readonly #toolchain: Toolchain;
  readonly #cache: CacheFolder;
  /** Builds that run, by what they make. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #states = new BuildStates('go');

  constructor(toolchain: Toolchain, cache: CacheFolder) {
    this.#toolchain = toolchain;
    this.#cache = cache;
  }

  /** @throws FastFnError `build_failed`, `dependency_failed` */
  async prepare(fn: FunctionSpec, options: PrepareOptions): Promise<Prepared> {
    const plan = await makePlan(fn, this.#toolchain, options.signal);
    options.signal.throwIfAborted();
    const owner = moduleOwner(fn, this.#toolchain.version);
    // Also what is not there: a go.mod that comes makes another module of it.
    options.reads?.([...new Set([...plan.files, ...owner.candidates, owner.lock])].sort());
    if (plan.problem !== null) throw problemError(plan.problem);
    const key = await planKey(plan, this.#toolchain);
    const program = this.#cache.in('bin', key, PROGRAM);
    // Only asks the folder's time: what is in it came with it, in one step.
    if (!(await this.#cache.has(dirname(program)))) await this.#buildOnce(key, fn, plan, options);
    else if (plan.has_module) this.#found(owner, join(dirname(program), MODULE));
    return { entry: program, env: {}, readPaths: [dirname(program)] };
  }

  /** A state file may be gone, or of another version of the manifest, while the program is in the cache. */
  #found(owner: ModuleOwner, module: string): void {
    if (!existsSync(module)) return;
    const outcome: BuildOutcome = { status: 'present', ...modulesOf(module, owner.manifest) };
    this.#states.record(owner.folder, { ...owner.report, durationMs: 0, outcome });
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#states.close();
  }

  /** Two functions with the same source and paths share one build, unless who began it gives it up. */
  async #buildOnce(key: string, fn: FunctionSpec, plan: Plan, options: PrepareOptions): Promise<void> {
    for (let running = this.#running.get(key); running !== undefined; running = this.#running.get(key)) {
      await running.catch(() => {});
      if (await this.#cache.has(this.#cache.in('bin', key))) return;
    }
    const build = this.#build(key, fn, plan, options);
    this.#running.set(key, build);
    try {
      await build;
    } finally {
      this.#running.delete(key);
    }
  }

  async #build(key: string, fn: FunctionSpec, plan: Plan, { signal, progress }: PrepareOptions): Promise<void> {
    const { go, env } = this.#toolchain;
    const folder = this.#cache.work();
    const owner = plan.has_module ? moduleOwner(fn, this.#toolchain.version) : null;
    const since = performance.now();
    const record = (outcome: BuildOutcome): void => {
      if (owner !== null)
        this.#states.record(owner.folder, { ...owner.report, durationMs: performance.now() - since, outcome });
    };
    try {
      await this.#cache.write(
        folder,
        plan.outputs.filter(({ copy }) => copy === undefined),
      );
      for (const { path, copy } of plan.outputs) {
        if (copy === undefined) continue;
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await copyFile(copy, join(folder, path));
      }
      progress(`compiling ${basename(fn.entry)}`);
      record({ status: 'installing' });
      // With a go.mod, missing lines of go.sum are added, here and not in the user's files.
      const mod = plan.has_module ? '-mod=mod' : '-mod=readonly';
      const made = join(folder, 'made', PROGRAM);
      const result = await run(go, ['build', ...buildFlags, mod, '-o', made, './fastfnmain'], {
        env: plan.uses_cgo ? { ...env, CGO_ENABLED: '1' } : env,
        cwd: folder,
        signal,
        timeoutMs: BUILD_TIMEOUT_MS,
        onStderrLine(line) {
          if (line.startsWith('go: downloading ')) progress(line.slice('go: '.length));
        },
      });
      signal.throwIfAborted();
      if (result.timedOut) throw buildBroke(fn.entry, `the build took longer than ${BUILD_TIMEOUT_MS / 1000} s`);
      if (result.spawnError !== null) throw buildBroke(fn.entry, `go could not be run: ${result.spawnError}`);
      const error =
        result.code === 0
          ? null
          : compilerError({
              exitCode: result.code,
              stderr: result.stderr,
              folder,
              outputs: plan.outputs,
              entry: fn.entry,
              hasModule: plan.has_module,
              readSource,
            });
      // Whose own code the compiler refuses has its modules.
      if (error?.code === 'dependency_failed') record({ status: 'failed', error });
      else if (owner !== null) record({ status: 'ok', ...modulesOf(join(folder, MODULE), owner.manifest) });
      if (error !== null) throw error;
      if (owner !== null) await copyFile(join(folder, MODULE), join(folder, 'made', MODULE));
      progress(`compiled ${basename(fn.entry)} in ${Math.round(performance.now() - since)} ms`);
      await this.#cache.publish(join(folder, 'made'), this.#cache.in('bin', key));
    } catch (error) {
      if (error instanceof FastFnError || signal.aborted) throw error;
      // Disk full, no permission: the sentence of the system says it.
      throw buildBroke(fn.entry, `the build could not be made: ${(error as Error).message}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function readSource(file: string, line: number): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
  } catch {
    return '';
  }
}
