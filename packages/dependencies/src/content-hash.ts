import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * The same exactly when the values and the contents of the files are the same, wherever they are: a folder that is moved
 * or copied into an image stays as it is. A file that is not there, or is out of reach, counts as such: one that comes
 * later changes the hash.
 * @param values JSON-serialisable: hints, versions of tools …
 */
export function contentHash(values: unknown, files: readonly string[] = []): string {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const file of files) {
    const content = readOrNull(file);
    hash.update(`\0${content === null ? 'none' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
