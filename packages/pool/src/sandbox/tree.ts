import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What of the functions root matters to every function's sandbox. Absolute paths. */
export interface RootTree {
  /** `_`-private files and folders: anybody's handler may load them. */
  readonly privates: readonly string[];
  /** Every `fn.config.json` and `fn.env.json`. */
  readonly settings: readonly string[];
}

/** Never readable, not even a function's own. SPEC §14. */
const SETTINGS: ReadonlySet<string> = new Set(['fn.config.json', 'fn.env.json']);

/** Other people's code, and what builds leave: nothing of ours lies there. */
const OPAQUE: ReadonlySet<string> = new Set([
  'node_modules',
  'vendor',
  'venv',
  'target',
  '__pycache__',
  '.deps',
  '.rust-build',
  '.go-build',
]);

/** Deeper than discovery goes, so that a private folder has room. */
const MAX_DEPTH = 12;
const MAX_ENTRIES = 100_000;

/**
 * Reads the tree. Links are not followed: whoever may write in a folder could name anything as a private module.
 *
 * @param root real path
 */
export function readTree(root: string): RootTree {
  const privates: string[] = [];
  const settings: string[] = [];
  let left = MAX_ENTRIES;
  /** @param inPrivate a folder above is private already */
  const visit = (folder: string, depth: number, inPrivate: boolean): void => {
    for (const entry of entriesOf(folder)) {
      if (left-- <= 0) return;
      const path = join(folder, entry.name);
      if (entry.isFile()) {
        if (SETTINGS.has(entry.name)) settings.push(path);
        else if (entry.name.startsWith('_') && !inPrivate) privates.push(path);
      } else if (entry.isDirectory()) {
        if (OPAQUE.has(entry.name) || (entry.name.startsWith('.') && !inPrivate)) continue;
        const isPrivate = entry.name.startsWith('_');
        if (isPrivate && !inPrivate) privates.push(path);
        if (depth < MAX_DEPTH) visit(path, depth + 1, inPrivate || isPrivate);
      }
    }
  };
  visit(root, 0, false);
  return { privates, settings };
}

/** Empty for what is no folder, or cannot be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
