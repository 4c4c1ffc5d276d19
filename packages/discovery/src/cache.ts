import type { Hints } from './hints.js';

interface Entry {
  readonly stamp: string;
  readonly hints: Hints;
}

/** Keeps the hints of unchanged handlers from one discovery to the next. Holds the files of the last discovery only. */
export class DiscoveryCache {
  private last = new Map<string, Entry>();
  private current = new Map<string, Entry>();

  /** @param stamp changes with the content (time, size and inode of the file). */
  get(file: string, stamp: string): Hints | undefined {
    const entry = this.current.get(file) ?? this.last.get(file);
    if (entry?.stamp !== stamp) return undefined;
    this.current.set(file, entry);
    return entry.hints;
  }

  set(file: string, stamp: string, hints: Hints): void {
    this.current.set(file, { stamp, hints });
  }

  /** Ends a discovery: forgets files that it did not ask for. */
  sweep(): void {
    this.last = this.current;
    this.current = new Map();
  }
}
