import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where the packages of a folder are. SPEC §13. */
export const DEPS = '.deps';

/**
 * Packages are installed beside those in use and then take their place, so that who is killed in the middle, or fails,
 * leaves the old ones whole, and workers that run never see half of the new. All in dot-folders: nobody looks there.
 */
export class TargetFolder {
  readonly path: string;
  /** Where to install to. */
  readonly staging: string;
  readonly #old: string;

  constructor(folder: string) {
    this.path = join(folder, DEPS);
    this.staging = join(folder, '.deps-new');
    this.#old = join(folder, '.deps-old');
  }

  /** Empties the staging folder, of an interrupted installation too. */
  begin(): void {
    this.discard();
    mkdirSync(this.staging);
  }

  /** What was installed is what there is. */
  commit(): void {
    rmSync(this.#old, { recursive: true, force: true });
    const hadOne = existsSync(this.path);
    if (hadOne) renameSync(this.path, this.#old);
    try {
      renameSync(this.staging, this.path);
    } catch (error) {
      if (hadOne) renameSync(this.#old, this.path);
      throw error;
    }
    rmSync(this.#old, { recursive: true, force: true });
  }

  /** Nothing of a failed installation stays. */
  discard(): void {
    rmSync(this.staging, { recursive: true, force: true });
  }

  remove(): void {
    for (const path of [this.staging, this.#old, this.path]) rmSync(path, { recursive: true, force: true });
  }
}
