import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { FastFnError, FunctionSpec, PrepareOptions } from '@fastfn/core';
import { type BuildOutcome, type BuildReport, BuildStates } from '@fastfn/dependencies';
import { cargoError, compileError } from './build-errors.js';
import {
  hashSources,
  hashText,
  isFresh,
  orphans,
  readDepInfo,
  readRecord,
  removeRecord,
  writeRecord,
} from './build-record.js';
import { type CargoResult, runCargo } from './cargo.js';
import { crateReport, cratesOf } from './crate-report.js';
import { makeProject, type Project, removeProject, touchProject } from './project.js';
import { SHIM } from './shim.js';

export interface BuilderOptions {
  /** Absolute; made when needed. */
  readonly cacheDir: string;
  /** Where cargo puts what it makes, for all functions. */
  readonly targetDir: string;
  readonly cargo: string;
  /** Of cargo, and so of build scripts. */
  readonly env: NodeJS.ProcessEnv;
  /** Compiler, shim, flags: binaries made with others are not used. */
  readonly toolKey: string;
}

/** Cargo goes through a batch in an order of its own, and an edit waits for its end: not too many at once. */
const MAX_BATCH = 2 * availableParallelism();

interface Request extends PrepareOptions {
  readonly fn: FunctionSpec;
  readonly project: Project;
  readonly key: string;
  /** Null: it has no dependencies of its own. */
  readonly report: Pick<BuildReport, 'manifest' | 'lock' | 'hash'> | null;
  /** It was built before: somebody has edited it, and waits. */
  readonly isEdit: boolean;
  done(binary: string): void;
  failed(error: unknown): void;
}

/**
 * Builds functions, one run of cargo at a time. Functions without dependencies of their own that wait together are built in
 * one run.
 */
export class Builder {
  readonly #options: BuilderOptions;
  readonly #states = new BuildStates('rust');
  #waiting: Request[] = [];
  #running = false;

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#sweep();
  }

  /**
   * The binary of a function: at once when nothing it is made of has changed.
   * @returns its absolute path.
   * @throws FastFnError `build_failed`, `dependency_failed`, `invalid_config`; the signal's reason when aborted.
   */
  build(fn: FunctionSpec, { signal, progress, reads }: PrepareOptions): Promise<string> {
    const { cacheDir, toolKey } = this.#options;
    const project = makeProject(fn, cacheDir);
    const key = hashText(`${toolKey}\0${project.inputs}`);
    const record = readRecord(cacheDir, project.bin);
    // Also for a build that fails: mending any of them has it tried again.
    reads?.([...project.files, ...Object.keys(record?.sources ?? {}).filter((file) => isInside(file, fn.root))]);
    const report = crateReport(fn, project, toolKey);
    if (record !== null && isFresh(record, key)) {
      // The state file may be gone, or of another machine.
      this.#record({ fn, report }, 0, { status: 'present', resolved: cratesOf(project.lock), inferred: [] });
      return Promise.resolve(record.binary);
    }
    touchProject(project);
    return new Promise((done, failed) => {
      this.#waiting.push({ fn, project, key, report, isEdit: record !== null, signal, progress, reads, done, failed });
      if (this.#running) return;
      this.#running = true;
      // Those that come in the same turn are built together.
      setImmediate(() => void this.#run());
    });
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#states.close();
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = this.#take();
      if (batch.length === 0) break;
      try {
        await this.#buildAll(batch);
      } catch (error) {
        for (const request of batch) request.failed(error);
      }
    }
    this.#running = false;
  }

  /** The first that waits, edits before all others, and more of its project. */
  #take(): Request[] {
    const alive: Request[] = [];
    for (const request of this.#waiting) {
      if (request.signal.aborted) request.failed(request.signal.reason);
      else alive.push(request);
    }
    alive.sort((a, b) => Number(b.isEdit) - Number(a.isEdit));
    const first = alive[0]?.project.manifestPath;
    const batch = alive.filter(({ project }) => project.manifestPath === first).slice(0, MAX_BATCH);
    this.#waiting = alive.filter((request) => !batch.includes(request));
    return batch;
  }

  async #buildAll(batch: readonly Request[]): Promise<void> {
    const { cargo, env, targetDir } = this.#options;
    const { manifestPath } = batch[0]!.project;
    const abort = new AbortController();
    const onAbort = (): void => {
      // Somebody else may still want the rest.
      if (batch.every(({ signal }) => signal.aborted)) abort.abort();
    };
    for (const { fn, signal, progress } of batch) {
      signal.addEventListener('abort', onAbort);
      progress(`compiling ${basename(fn.entry)}`);
    }
    const since = Date.now();
    for (const request of batch) this.#record(request, 0, { status: 'installing' });
    let result: CargoResult;
    try {
      result = await runCargo({
        cargo,
        cwd: dirname(manifestPath),
        args: [
          ...['--manifest-path', manifestPath, '--target-dir', targetDir],
          ...new Set(batch.map(({ project }) => `--bin=${project.bin}`)),
        ],
        env,
        signal: abort.signal,
        onLine: (line) => {
          // Without the folder of a crate that lies on this machine.
          if (isProgress(line)) batch[0]!.progress(line.replace(/ \(\/.*\)$/, ''));
        },
      });
    } finally {
      for (const { signal } of batch) signal.removeEventListener('abort', onAbort);
    }
    // Cargo stops at the first error: who neither has a binary nor an error of its own gets another turn.
    const left = batch.filter((request) => !this.#settle(request, result, since));
    if (left.length < batch.length) this.#waiting.unshift(...left);
    else for (const request of left) this.#fail(request, cargoError(request.fn, result), since);
  }

  #fail(request: Request, error: FastFnError, since: number): void {
    this.#record(request, Date.now() - since, { status: 'failed', error });
    request.failed(error);
  }

  #record({ fn, report }: Pick<Request, 'fn' | 'report'>, durationMs: number, outcome: BuildOutcome): void {
    if (report !== null) this.#states.record(fn.folder, { ...report, durationMs, outcome });
  }

  /** Answers a request from what cargo said; false when it said nothing of it. Only now is the list of sources beside a binary. */
  #settle(request: Request, { executables, errors }: CargoResult, since: number): boolean {
    const { fn, project, signal, reads, done, failed } = request;
    const executable = executables.get(project.bin);
    const own = errors.get(project.bin);
    // Whose own code the compiler refuses has its crates.
    if (!signal.aborted && (executable !== undefined || own !== undefined)) {
      const resolved = cratesOf(project.lock);
      this.#record(request, Date.now() - since, { status: 'ok', resolved, inferred: [] });
    }
    if (signal.aborted) failed(signal.reason);
    else if (executable !== undefined) this.#try(request, () => done(this.#keep(request, executable, since)));
    else if (own !== undefined) {
      const files = own.flatMap(({ spans }) => spans.map(({ file }) => resolve(file)));
      reads?.(files.filter((file) => isInside(file, fn.root)));
      failed(compileError(fn, project, own));
    } else return false;
    return true;
  }

  /** What goes wrong for one (the disk is full, say) is told that one. */
  #try({ failed }: Request, action: () => void): void {
    try {
      action();
    } catch (error) {
      failed(error);
    }
  }

  /** Puts a binary where the next build does not touch it, with the list of its sources; the one before stays, others go. */
  #keep({ fn, project, key }: Request, executable: string, since: number): string {
    const { cacheDir } = this.#options;
    const { bin } = project;
    const compiled = readDepInfo(executable).filter((file) => !isInside(file, SHIM) && file !== project.main);
    const sources = hashSources(compiled, since);
    const folder = join(cacheDir, 'bin');
    mkdirSync(folder, { recursive: true });
    const before = readRecord(cacheDir, bin)?.binary;
    const binary = join(folder, `${bin}-${hashText(`${key}${since}${Math.random()}`).slice(0, 8)}`);
    place(executable, binary);
    const watched = new Set([...project.files, ...compiled.filter((file) => isInside(file, fn.root))]);
    writeFileSync(`${binary}.files`, [...watched].join('\n'));
    if (sources !== null) writeRecord(cacheDir, bin, { entry: fn.entry, key, sources, binary });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const keep = [binary, before].some((one) => one !== undefined && path.startsWith(one));
      if (name.startsWith(`${bin}-`) && !keep) rmSync(path, { force: true });
    }
    return binary;
  }

  /** Functions come and go; what was built for those that went is not kept for ever. */
  #sweep(): void {
    const { cacheDir } = this.#options;
    for (const bin of orphans(cacheDir)) {
      const binary = readRecord(cacheDir, bin)?.binary;
      if (binary !== undefined && isInside(binary, cacheDir)) {
        for (const file of [binary, `${binary}.files`]) rmSync(file, { force: true });
      }
      removeProject(bin, cacheDir);
      removeRecord(cacheDir, bin);
    }
  }
}

const PROGRESS = /^(?:Compiling|Downloading|Downloaded|Updating|Blocking) /;

/** Lines worth telling; the handlers' own crates are told of by whoever asked for them. */
function isProgress(line: string): boolean {
  return PROGRESS.test(line) && !/^Compiling functions? v/.test(line);
}

function isInside(file: string, folder: string): boolean {
  return file.startsWith(folder + sep);
}

/** Cargo unlinks before it writes anew, so a link is as good as a copy; it may lie on another disk. */
function place(executable: string, binary: string): void {
  try {
    linkSync(executable, binary);
  } catch {
    copyFileSync(executable, `${binary}.tmp`);
    renameSync(`${binary}.tmp`, binary);
  }
}
