import { statSync } from 'node:fs';
import { join } from 'node:path';

/** What an extension written in an import may stand for in TypeScript. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

/** Tried, in this order, for an import without extension. */
const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'] as const;

/**
 * The file that a path in an import means: the file itself; `x.ts` where `x.js` is written; with an extension added;
 * an index file of the folder. Null when there is none.
 *
 * @param path absolute
 */
export function resolvePath(path: string): string | null {
  if (isFile(path)) return path;
  const dot = path.lastIndexOf('.');
  for (const extension of WRITTEN[path.slice(dot)] ?? []) {
    const candidate = path.slice(0, dot) + extension;
    if (isFile(candidate)) return candidate;
  }
  for (const extension of EXTENSIONS) if (isFile(path + extension)) return path + extension;
  for (const extension of EXTENSIONS) {
    const candidate = join(path, `index${extension}`);
    if (isFile(candidate)) return candidate;
  }
  return null;
}

export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
