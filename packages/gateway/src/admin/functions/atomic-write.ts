import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file in one step: whoever reads it sees the old content or the new. Keeps the mode of what was there; folders
 * on the way are made. The name in between is a dotfile, which discovery passes over.
 * @param mode of a new file.
 */
export function writeAtomically(file: string, content: string | Uint8Array, mode = 0o644): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const before = statSync(file, { throwIfNoEntry: false });
  const temporary = join(folder, `.${basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: before ? before.mode & 0o777 : mode });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
