import { readdirSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { packFolders } from './pack-folders.js';

export interface Pack {
  readonly name: string;
  /** Absolute; it is there. */
  readonly folder: string;
}

/**
 * The packs that a function names in `shared_deps`, in that order. SPEC §13.
 * @throws FastFnError `pack_not_found`, naming those that there are
 */
export function findPacks(fn: FunctionSpec): Pack[] {
  return packFolders(fn).map((pack) => {
    if (isFolder(pack.folder)) return pack;
    const place = dirname(pack.folder);
    const known = foldersIn(place).map((name) => `"${name}"`);
    const message =
      `The pack "${pack.name}" that \`shared_deps\` of ${fn.name} names does not exist: there is no folder ` +
      `${relative(fn.root, pack.folder)}. ${known.length > 0 ? `Packs for ${fn.runtime}: ${known.join(', ')}.` : `There are no packs for ${fn.runtime} yet.`} ` +
      'Make the folder, or correct `shared_deps`.';
    throw new FastFnError('pack_not_found', message, { details: { pack: pack.name, runtime: fn.runtime } });
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
