import { SKIPPED_BUILD_FOLDERS } from './scan.js';

// What editors leave beside a file for a moment: vim, emacs, JetBrains, Kate, gedit, and the usual `.tmp`.
const TEMPORARY = /~$|^#.*#$|^4913$|\.(?:sw[a-z]|tmp|crswap)$|\.tmp\.[^/]+$|___jb_(?:tmp|old)___$|\.kate-swp$/;

/** Every file but dotfiles and the temporary files of editors. */
export function watchesFile(name: string): boolean {
  return !name.startsWith('.') && !TEMPORARY.test(name);
}

/**
 * Names of folders that are not watched, beside dot-folders: installed dependencies and build output. Fewer than are
 * skipped when looking for routes: `_private`, `src` and ignored folders hold code that handlers import.
 */
export function skippedFolders(more: readonly string[]): ReadonlySet<string> {
  return new Set([...SKIPPED_BUILD_FOLDERS, ...more.map((name) => name.toLowerCase())]);
}
