import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';

export interface Owner {
  /** Absolute. */
  readonly folder: string;
  /** Absolute; it need not exist. */
  readonly manifest: string;
  readonly hasManifest: boolean;
  /** Where a manifest was looked for, nearest first: one that appears there changes the answer. */
  readonly candidates: readonly string[];
}

/**
 * The folder whose dependencies a function has: the nearest with a manifest, from the handler's up to and including root;
 * without any, the function's own folder. What is above root belongs to somebody else.
 */
export function ownerFolder(fn: Pick<FunctionSpec, 'folder' | 'ownFolder' | 'root'>, manifestName: string): Owner {
  const candidates: string[] = [];
  for (let folder = fn.folder; ; folder = dirname(folder)) {
    const manifest = join(folder, manifestName);
    candidates.push(manifest);
    if (existsSync(manifest)) return { folder, manifest, hasManifest: true, candidates };
    if (folder === fn.root || !folder.startsWith(fn.root + sep)) break;
  }
  return { folder: fn.ownFolder, manifest: join(fn.ownFolder, manifestName), hasManifest: false, candidates };
}
