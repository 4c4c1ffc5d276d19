/** What happened below a root since the last batch. The three sets are disjoint; paths are absolute, of files. */
export interface ChangeBatch {
  readonly changed: ReadonlySet<string>;
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

type Kind = 'changed' | 'added' | 'removed';

/** Sums up what happens to each path: removed and added again is changed, added and removed again is nothing. */
export class ChangeCollector {
  private readonly kinds = new Map<string, Kind>();

  get size(): number {
    return this.kinds.size;
  }

  /** Something may come back (an editor that removes before it writes), so it is worth waiting a little longer. */
  get hasRemovals(): boolean {
    for (const kind of this.kinds.values()) if (kind === 'removed') return true;
    return false;
  }

  note(path: string, kind: Kind): void {
    const before = this.kinds.get(path);
    if (before === 'added') {
      if (kind === 'removed') this.kinds.delete(path);
    } else if (before === 'removed') {
      this.kinds.set(path, kind === 'removed' ? 'removed' : 'changed');
    } else {
      this.kinds.set(path, kind);
    }
  }

  /** Notes the difference between two states of some files, by path and stamp. */
  compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
    for (const [path, stamp] of after) {
      const old = before.get(path);
      if (old === undefined) this.note(path, 'added');
      else if (old !== stamp) this.note(path, 'changed');
    }
    for (const path of before.keys()) if (!after.has(path)) this.note(path, 'removed');
  }

  /** Ends the batch. */
  take(): ChangeBatch {
    const of = (wanted: Kind) => new Set([...this.kinds].filter(([, kind]) => kind === wanted).map(([path]) => path));
    const batch = { changed: of('changed'), added: of('added'), removed: of('removed') };
    this.kinds.clear();
    return batch;
  }
}
