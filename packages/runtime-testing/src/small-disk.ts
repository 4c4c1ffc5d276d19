import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own for a folder, that can be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves not a byte. */
  fill(): void;
  empty(): void;
  remove(): void;
}

/** Null: this user may not mount anything. */
export function makeSmallDisk(size: string): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'fastfn-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      for (let bytes = 1 << 20; bytes >= 1; bytes >>= 4) {
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    },
    empty: () => rmSync(filler, { force: true }),
    remove() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    },
  };
}
