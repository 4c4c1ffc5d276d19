import { isOwnFile } from '../errors.js';

/**
 * The user's files that were loaded: below root, dependencies left out. An edit of one of them gives a new worker.
 */
export class LoadedFiles {
  readonly #root: string;
  readonly #shownRoot: string;
  readonly #files = new Set<string>();
  #fresh: string[] = [];
  #onFresh: ((files: readonly string[]) => void) | null = null;

  /**
   * @param root real path: modules are known by their real paths
   * @param shownRoot the same folder as others name it, through links perhaps
   */
  constructor(root: string, shownRoot: string) {
    this.#root = root;
    this.#shownRoot = shownRoot;
  }

  /** @param file absolute; files elsewhere are ignored */
  add(file: string): void {
    const shown = isOwnFile(file, this.#root) ? this.#shownRoot + file.slice(this.#root.length) : file;
    if (!isOwnFile(shown, this.#shownRoot) || this.#files.has(shown)) return;
    this.#files.add(shown);
    if (this.#onFresh === null) return;
    if (this.#fresh.length === 0) setImmediate(() => this.#report());
    this.#fresh.push(shown);
  }

  /** All so far, in order of loading. */
  list(): string[] {
    return [...this.#files];
  }

  /** From now on, tells of further files: those of one turn of the event loop together. */
  watch(onFresh: (files: readonly string[]) => void): void {
    this.#onFresh = onFresh;
  }

  #report(): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#onFresh?.(fresh);
  }
}
