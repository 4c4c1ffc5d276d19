import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import type { App } from '../../app.js';

/**
 * Removes a function from disk: its folder when nothing else lives in it (its versions go with it), else its handler alone.
 */
export function removeFunction({ manifest }: App, fn: FunctionSpec): void {
  const below = manifest.functions.filter(({ entry }) => entry.startsWith(`${fn.folder}/`));
  // A file route shares its folder with whatever lies there.
  const isFile = relative(fn.root, fn.entry) === fn.name;
  const ownFolder = !isFile && fn.folder !== fn.root && below.every((other) => isSame(fn, other));
  if (!ownFolder) {
    rmSync(fn.entry);
    return;
  }
  // In one step: a half-removed folder might be another function for a moment. Dotfolders are not looked at.
  const doomed = join(dirname(fn.folder), `.${basename(fn.folder)}.${randomBytes(6).toString('hex')}.tmp`);
  renameSync(fn.folder, doomed);
  rmSync(doomed, { recursive: true, force: true });
}

function isSame(fn: FunctionSpec, other: FunctionSpec): boolean {
  if (other.key === fn.key) return true;
  return fn.version === 'default' && other.runtime === fn.runtime && other.name === fn.name;
}
