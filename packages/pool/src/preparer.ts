import { type FastFnError, type FunctionSpec, type Logger, type Prepared, printable } from '@fastfn/core';
import type { DaemonGroup } from './daemon-group.js';
import { prepareFailed } from './errors.js';
import type { PoolEvent } from './events.js';
import type { OwnFiles } from './own-files.js';

/**
 * Preparations that begin in one turn of the event loop. Each reads some files before it first waits: of ten thousand
 * functions at once no request would be answered for seconds.
 */
const BEGUN_A_TURN = 8;

export interface PreparerOptions {
  readonly logger: Logger;
  /** Installs and builds that may run at once. */
  readonly maxParallel: number;
  readonly ownFiles: OwnFiles;
  emit(event: PoolEvent): void;
}

export interface PrepareListener {
  /** Further files that the preparation reads: an edit of one is an edit of the function. */
  reads(files: readonly string[]): void;
  done(prepared: Prepared): void;
  failed(error: FastFnError): void;
}

/** Has dependencies installed and code built: never twice at once in one folder, and only so many at a time. */
export class Preparer {
  readonly #options: PreparerOptions;
  /** The last preparation, by folder, or by function where the adapter gathers. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #turns: (() => void)[] = [];
  #running = 0;
  /** That wait for a later turn of the event loop. */
  readonly #later: (() => void)[] = [];
  #mayBegin = BEGUN_A_TURN;

  constructor(options: PreparerOptions) {
    this.#options = options;
  }

  /**
   * Prepares a function; tells the listener once, at once when there is nothing to do. Not at all when aborted, or when
   * the tool of the language is missing.
   */
  prepare(group: DaemonGroup, fn: FunctionSpec, signal: AbortSignal, listener: PrepareListener): void {
    if (group.adapter.prepare === undefined) {
      listener.done({ entry: fn.entry, env: {}, readPaths: [] });
      return;
    }
    // Who gathers preparations sees to folders by itself: one that takes long must not hold up its neighbours.
    const place = group.adapter.gathersPreparations ? fn.key : fn.folder;
    const before = this.#last.get(place) ?? Promise.resolve();
    const done = before.then(() => this.#turnOfLoop()).then(() => this.#prepare(group, fn, signal, listener));
    this.#last.set(place, done);
    void done.then(() => {
      if (this.#last.get(place) === done) this.#last.delete(place);
    });
  }

  /** Resolves when nothing is being prepared. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }

  #turnOfLoop(): Promise<void> | void {
    if (this.#mayBegin === 0) return new Promise((resolve) => this.#later.push(resolve));
    if (this.#mayBegin-- === BEGUN_A_TURN) setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    const next = this.#later.splice(0, BEGUN_A_TURN);
    this.#mayBegin = BEGUN_A_TURN - next.length;
    if (next.length > 0) setImmediate(this.#nextTurn);
    for (const begin of next) begin();
  };

  /** Never rejects. */
  async #prepare(group: DaemonGroup, fn: FunctionSpec, signal: AbortSignal, listener: PrepareListener): Promise<void> {
    const { emit, logger, ownFiles } = this.#options;
    const { key } = fn;
    const tool = await group.detect();
    if (signal.aborted) return;
    if (!tool.ok) {
      // Daemons that were started elsewhere have their tool there, and what they need must be there too.
      if (group.isElsewhere) listener.done({ entry: fn.entry, env: {}, readPaths: [] });
      return;
    }
    const takesTurns = !group.adapter.gathersPreparations;
    if (takesTurns) await this.#turn();
    const writing = new Set<string>();
    try {
      if (signal.aborted) return;
      emit({ type: 'prepare_started', key });
      const since = performance.now();
      const progress = (line: string): void => emit({ type: 'prepare_progress', key, line });
      const reads = (files: readonly string[]): void => listener.reads(files);
      const prepared = await group.adapter.prepare!(fn, {
        signal,
        progress,
        reads,
        writing(files) {
          for (const file of files) writing.add(file);
          ownFiles.writing(files);
        },
        wrote: (files) => ownFiles.wrote(files),
      });
      if (signal.aborted) return;
      emit({ type: 'prepare_finished', key, durationMs: performance.now() - since });
      listener.done(prepared);
    } catch (cause) {
      if (signal.aborted) return;
      const error = prepareFailed(fn, cause);
      logger.log('error', `[${fn.runtime}] ${key}: ${error.message}`, { function: key });
      for (const line of toolOutput(error)) logger.log('error', `[${fn.runtime}]   ${line}`, { function: key });
      emit({ type: 'prepare_failed', key, error });
      listener.failed(error);
    } finally {
      ownFiles.wrote([...writing]);
      if (takesTurns) {
        this.#running--;
        this.#turns.shift()?.();
      }
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#options.maxParallel) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#running++;
  }
}

/** Lines of a tool that are worth showing, at most. */
const MAX_OUTPUT_LINES = 40;

/** What compiler or installer said, where that is more than the message tells. SPEC §5, §13. */
function toolOutput({ debug }: FastFnError): string[] {
  const lines = (debug?.stack ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 ? lines.slice(-MAX_OUTPUT_LINES).map((line) => printable(line.replaceAll('\t', '    '))) : [];
}
