import type { Hints } from './hints.js';

interface Entry {
  readonly stamp: string;
  readonly hints: Hints;
}

/** Keeps the hints of unchanged handlers from one discovery to the next. Holds the files of the last discovery only. */
export class DiscoveryCache {
  private known = new Map<string, Entry>();
  private fresh = new Map<string, Entry>();

  /** @param stamp changes with the content (time, size and inode of the file). */
  hints(file: string, stamp: string, read: () => Hints): Hints {
    const known = this.known.get(file) ?? this.fresh.get(file);
    const entry = known?.stamp === stamp ? known : { stamp, hints: read() };
    this.fresh.set(file, entry);
    return entry.hints;
  }

  /** Ends a discovery: forgets files that it did not ask for. */
  sweep(): void {
    this.known = this.fresh;
    this.fresh = new Map();
  }
}
