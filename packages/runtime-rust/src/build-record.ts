import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What a finished binary was made of. Kept on disk, so that a restart builds nothing. */
export interface BuildRecord {
  /** Of the handler file. */
  readonly entry: string;
  /** Of everything but source files. */
  readonly key: string;
  /** Content hashes of source files, by absolute path. */
  readonly sources: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly binary: string;
}

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Null when the file is not there. */
function hashFile(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return null;
  }
}

function recordFile(cacheDir: string, bin: string): string {
  return join(cacheDir, 'builds', `${bin}.json`);
}

/** The record of a binary; null when there is none that can be read. */
export function readRecord(cacheDir: string, bin: string): BuildRecord | null {
  try {
    return JSON.parse(readFileSync(recordFile(cacheDir, bin), 'utf8')) as BuildRecord;
  } catch {
    return null;
  }
}

/** Whether a binary is still what a build would give. */
export function isFresh(record: BuildRecord, key: string): boolean {
  if (record.key !== key || !existsSync(record.binary)) return false;
  return Object.entries(record.sources).every(([file, hash]) => hashFile(file) === hash);
}

export function writeRecord(cacheDir: string, bin: string, record: BuildRecord): void {
  mkdirSync(join(cacheDir, 'builds'), { recursive: true });
  writeFileSync(recordFile(cacheDir, bin), JSON.stringify(record, null, 2));
}

export function removeRecord(cacheDir: string, bin: string): void {
  rmSync(recordFile(cacheDir, bin), { force: true });
}

/** Names of binaries whose handler is gone. */
export function orphans(cacheDir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(cacheDir, 'builds'));
  } catch {
    return [];
  }
  return names
    .map((name) => name.replace(/\.json$/, ''))
    .filter((bin) => {
      const record = readRecord(cacheDir, bin);
      return record === null || !existsSync(record.entry);
    });
}

/**
 * Hashes of the files that a binary was compiled from.
 * @returns null when one of them was written after `since` (epoch ms): nobody knows which state of it was compiled.
 */
export function hashSources(files: readonly string[], since: number): Record<string, string> | null {
  const sources: Record<string, string> = {};
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false });
    const hash = hashFile(file);
    if (stat === undefined || hash === null || stat.mtimeMs >= since) return null;
    sources[file] = hash;
  }
  return sources;
}

/** The files that rustc read, from the `.d` file beside a binary. */
export function readDepInfo(executable: string): string[] {
  let text: string;
  try {
    text = readFileSync(`${executable}.d`, 'utf8');
  } catch {
    return [];
  }
  const files = new Set<string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon === -1 || line.startsWith('#')) continue;
    // Spaces in names are escaped.
    for (const name of line.slice(colon + 2).match(/(?:\\.|[^\\ ])+/g) ?? []) {
      files.add(resolve(name.replace(/\\(.)/g, '$1')));
    }
  }
  return [...files];
}
