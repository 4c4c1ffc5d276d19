import { relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ChangeBatch, type Watcher, type WatchOptions, watch } from '../src/watch.js';

/** A batch with paths relative to the root, sorted. */
export interface Seen {
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface Watching {
  readonly watcher: Watcher;
  readonly batches: readonly Seen[];
  /** Resolves when all batches so far fulfil the condition. */
  until(condition: (batches: readonly Seen[]) => boolean): Promise<readonly Seen[]>;
  /** The next batch that has not been asked for. */
  next(): Promise<Seen>;
}

/** Watches a root until the test ends. */
export function watching(root: string, options: Partial<WatchOptions> = {}): Watching {
  const batches: Seen[] = [];
  const waiting = new Set<() => void>();
  let asked = 0;
  const watcher = watch({
    root,
    ...options,
    onBatch(batch: ChangeBatch) {
      const names = (paths: ReadonlySet<string>) => [...paths].map((path) => relative(root, path)).sort();
      batches.push({ changed: names(batch.changed), added: names(batch.added), removed: names(batch.removed) });
      try {
        options.onBatch?.(batch);
      } finally {
        // Last: those who wait may ask for what the test's own callback noted.
        for (const wake of waiting) wake();
      }
    },
  });
  onTestFinished(() => watcher.close());
  const until = (condition: (batches: readonly Seen[]) => boolean) =>
    new Promise<readonly Seen[]>((resolve) => {
      const check = () => {
        if (!condition(batches)) return;
        waiting.delete(check);
        resolve(batches);
      };
      waiting.add(check);
      check();
    });
  return {
    watcher,
    batches,
    until,
    async next() {
      const index = asked++;
      await until(() => batches.length > index);
      return batches[index]!;
    },
  };
}

/** All paths of these batches and what became of them in the end. */
export function summary(batches: readonly Seen[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const batch of batches) {
    for (const kind of ['changed', 'added', 'removed'] as const) for (const path of batch[kind]) all[path] = kind;
  }
  return all;
}
