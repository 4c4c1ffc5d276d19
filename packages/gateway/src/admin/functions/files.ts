import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { isSettingsFile } from './contained.js';

/** Bounds of a listing. */
const MAX_FILES = 1000;
const MAX_DEPTH = 6;
/** Made by tools, and often huge. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'vendor', '__pycache__', 'target']);

export interface ListedFile {
  /** Relative to the function's folder, with `/`. */
  readonly path: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modified_at: string;
  /** The handler. */
  readonly main: boolean;
}

/** Files of a function's folder that `function-file-content` gives; without dotfiles, settings, links and installed packages. */
export function listFiles(fn: FunctionSpec): ListedFile[] {
  const files: ListedFile[] = [];
  const visit = (folder: string, depth: number): void => {
    const entries = readdirSync(join(fn.folder, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length >= MAX_FILES) return;
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < MAX_DEPTH && !SKIPPED.has(entry.name)) visit(path, depth + 1);
      if (!entry.isFile() || isSettingsFile(entry.name)) continue;
      const absolute = join(fn.folder, path);
      const stat = statSync(absolute, { throwIfNoEntry: false });
      if (stat !== undefined) files.push(describe(path, stat, absolute === fn.entry));
    }
  };
  visit('', 0);
  return files;
}

function describe(path: string, { size, mtime }: Stats, main: boolean): ListedFile {
  return { path, size, modified_at: mtime.toISOString(), main };
}
