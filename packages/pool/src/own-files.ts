import { statSync } from 'node:fs';

/**
 * Files below root that preparations write: locks, manifests with inferred packages. The watcher sees them change, but
 * nobody has edited anything.
 */
export class OwnFiles {
  /** How each was left; null while it is being written. One entry per manifest and lock, so it stays small. */
  readonly #stamps = new Map<string, string | null>();

  /** From now on, whatever happens to them. */
  writing(files: readonly string[]): void {
    for (const file of files) this.#stamps.set(file, null);
  }

  /** As they are now, and no longer once they change. */
  wrote(files: readonly string[]): void {
    for (const file of files) this.#stamps.set(file, stampOf(file));
  }

  isOurs(file: string): boolean {
    const stamp = this.#stamps.get(file);
    if (stamp === undefined) return false;
    if (stamp === null || stamp === stampOf(file)) return true;
    this.#stamps.delete(file);
    return false;
  }
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}:${size}:${ino}`;
  } catch {
    return 'none';
  }
}
