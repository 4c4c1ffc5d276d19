import { existsSync, statSync } from 'node:fs';
import type { Diagnostic, FunctionSpec } from '@fastfn/core';
import { diffSnapshots, type SnapshotDiff } from './diff.js';
import type { AppSnapshot } from './snapshot.js';

/** What changed on disk, absolute paths; null: unknown (a reload by hand), so look for yourself. */
export interface FileChanges {
  readonly changed: ReadonlySet<string>;
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

export interface ReloadReport extends SnapshotDiff {
  readonly ok: boolean;
  /** Epoch ms. */
  readonly reloadedAt: number;
  readonly durationMs: number;
  /** Everything that is wrong now, not only what is new. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The part of the pool that a reload needs. */
export interface WorkerOwner {
  update(functions: readonly FunctionSpec[], options?: { restart?: ReadonlySet<string> }): void;
  /** Keys of functions whose workers loaded one of these files. */
  functionsUsingAny(files: ReadonlySet<string>): readonly string[];
  filesOf(key: string): readonly string[];
  /** Files that the function would use if they were there. */
  absentOf(key: string): readonly string[];
  /** Keys of functions that could not be loaded: any new file may be what they miss. */
  brokenFunctions(): readonly string[];
}

export interface ReloaderOptions {
  take(): AppSnapshot;
  apply(snapshot: AppSnapshot): void;
  readonly workers: WorkerOwner;
  /** Called after each reload that changed something, and after the first. */
  onReport(report: ReloadReport): void;
}

/**
 * Owns the current snapshot. Reloads run one after the other; those that are asked for while one is waiting share it.
 * A reload restarts only the functions whose files or settings changed, before it looks at the rest of the tree: the
 * person who saved a handler waits for that first.
 */
export class Reloader {
  #current: AppSnapshot | null = null;
  /** Files written later than this may be newer than the code in the workers. */
  #since = Date.now();
  #last: ReloadReport | null = null;
  readonly #options: ReloaderOptions;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  get current(): AppSnapshot | null {
    return this.#current;
  }

  get lastReport(): ReloadReport | null {
    return this.#last;
  }

  reload(changes: FileChanges | null): ReloadReport {
    const began = performance.now();
    const since = Date.now();
    const { workers } = this.#options;
    const before = this.#current;

    const restart = before ? this.#restartSet(before, changes) : new Set<string>();
    if (before && restart.size > 0) workers.update([...before.functions.values()], { restart });

    const snapshot = this.#options.take();
    workers.update([...snapshot.functions.values()]);
    this.#current = snapshot;
    this.#since = since;
    this.#options.apply(snapshot);

    const diff = diffSnapshots(before, snapshot, restart);
    const report: ReloadReport = {
      ...diff,
      ok: !snapshot.diagnostics.some((d) => d.severity === 'error'),
      reloadedAt: since,
      durationMs: performance.now() - began,
      diagnostics: snapshot.diagnostics,
    };
    this.#last = report;
    if (!before || hasNews(report)) this.#options.onReport(report);
    return report;
  }

  #restartSet(snapshot: AppSnapshot, changes: FileChanges | null): Set<string> {
    const { workers } = this.#options;
    const touched = changes ? [...changes.changed, ...changes.removed, ...changes.added] : this.#writtenSince(snapshot);
    const restart = new Set(touched.length === 0 ? [] : workers.functionsUsingAny(new Set(touched)));
    // A file that came or went may be the module that a broken function could not find.
    if (!changes || changes.added.size > 0 || changes.removed.size > 0) {
      for (const key of workers.brokenFunctions()) restart.add(key);
    }
    return restart;
  }

  /** Loaded files written after the last look. ctime and not mtime: copies and checkouts may keep an old mtime. */
  #writtenSince(snapshot: AppSnapshot): string[] {
    const { workers } = this.#options;
    const files = new Set<string>();
    const absent = new Set<string>();
    for (const key of snapshot.functions.keys()) {
      for (const file of workers.filesOf(key)) files.add(file);
      for (const file of workers.absentOf(key)) absent.add(file);
    }
    // The clock of some file systems is coarser than Date.now(): one extra restart is better than one too few.
    const written = [...files].filter((file) => changedAt(file) >= this.#since - 10);
    return [...written, ...[...absent].filter((file) => existsSync(file))];
  }
}

/** Epoch ms; a file that is gone or out of reach counts as just changed. */
function changedAt(file: string): number {
  try {
    return statSync(file).ctimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function hasNews(report: SnapshotDiff): boolean {
  return (
    report.addedRoutes.length +
      report.removedRoutes.length +
      report.changedFunctions.length +
      report.newDiagnostics.length +
      report.mendedDiagnostics.length >
    0
  );
}
