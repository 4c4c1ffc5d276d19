import { existsSync } from 'node:fs';
import type { FunctionSpec } from '@fastfn/core';
import type { DaemonGroup } from './daemon-group.js';
import type { Generation } from './generation.js';
import type { Preparer } from './preparer.js';

/** An edit that is prepared faster than this shows at once: calls wait for it. For longer ones the old workers serve on. */
const PREPARE_PATIENCE_MS = 100;

export interface SuccessionListener {
  /** `old` is not the current one any more; its workers may finish what they have. */
  takenOver(old: Generation): void;
  /** Dependencies and build of the current one are ready. */
  generationPrepared(): void;
  /** They failed, or calls need not wait any longer for a generation that comes. */
  generationChanged(): void;
}

/**
 * Which state of a function's code serves: the current generation, and the one that takes over from it as soon as it is
 * prepared, so that nobody waits for an installation or a build while there is something to serve with.
 */
export class Succession {
  readonly #group: DaemonGroup;
  readonly #preparer: Preparer;
  readonly #listener: SuccessionListener;
  #current: Generation;
  #next: Generation | null = null;
  /** Epoch ms until when calls wait for the next one. */
  #holdUntil = 0;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(first: Generation, group: DaemonGroup, preparer: Preparer, listener: SuccessionListener) {
    this.#current = first;
    this.#group = group;
    this.#preparer = preparer;
    this.#listener = listener;
  }

  /** The one that calls go to. */
  get current(): Generation {
    return this.#current;
  }

  /** Another one is about to take over. */
  get pending(): boolean {
    return this.#next !== null;
  }

  /** The current one, or that which takes over from it. */
  get newest(): Generation {
    return this.#next ?? this.#current;
  }

  /** Files that the code consists of, as far as known. */
  get files(): ReadonlySet<string> {
    const { files } = this.#current;
    return this.#next === null ? files : new Set([...files, ...this.#next.files]);
  }

  /** Calls wait a moment for the next one. */
  isHolding(now: number): boolean {
    return this.#next !== null && now < this.#holdUntil;
  }

  /** Prepares the first one. */
  begin(spec: FunctionSpec): void {
    this.#prepare(this.#current, spec);
  }

  /** Has `next` take over: at once when there is nothing to serve with until then. */
  replaceWith(next: Generation, spec: FunctionSpec): void {
    const old = this.#current;
    old.abort.abort();
    this.#next?.abort.abort();
    this.#next = next;
    if (old.live === 0 || spec.configError !== null) this.#takeOver(next);
    else if (this.#group.adapter.prepare !== undefined) this.#hold();
    this.#prepare(next, spec);
  }

  /** Stops preparing. */
  close(): void {
    clearTimeout(this.#holdTimer);
    this.#current.abort.abort();
    this.#next?.abort.abort();
  }

  #hold(): void {
    this.#holdUntil = Date.now() + PREPARE_PATIENCE_MS;
    clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#holdUntil = 0;
      this.#listener.generationChanged();
    }, PREPARE_PATIENCE_MS);
  }

  #takeOver(next: Generation): void {
    const old = this.#current;
    clearTimeout(this.#holdTimer);
    this.#next = null;
    this.#current = next;
    this.#listener.takenOver(old);
  }

  #prepare(generation: Generation, spec: FunctionSpec): void {
    generation.files.add(spec.entry);
    if (spec.configError !== null) return;
    this.#preparer.prepare(this.#group, spec, generation.abort.signal, {
      reads: (files) => {
        for (const file of files) (existsSync(file) ? generation.files : generation.absent).add(file);
      },
      done: (prepared) => {
        generation.prepared = prepared;
        if (this.#next === generation) this.#takeOver(generation);
        if (this.#current === generation) this.#listener.generationPrepared();
      },
      failed: (error) => {
        generation.prepareError = error;
        if (this.#next === generation) this.#takeOver(generation);
        if (this.#current === generation) this.#listener.generationChanged();
      },
    });
  }
}
