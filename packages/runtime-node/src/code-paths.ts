import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { importsOfHandler } from './dependencies/local-files.js';

/** What Node looks for in every folder from the handler's to the top. */
const SETTINGS = ['package.json', 'tsconfig.json', 'jsconfig.json'] as const;

/**
 * What loading a function's code reads beyond its own folder: the files that it imports, and the packages and settings of
 * the folders above. Links in `node_modules` (of a workspace, say) count as where they lead.
 */
export function codePaths(fn: FunctionSpec): string[] {
  const paths = [...importsOfHandler(fn).files];
  for (let folder = fn.folder; ; folder = dirname(folder)) {
    for (const name of SETTINGS) paths.push(join(folder, name));
    const modules = join(folder, 'node_modules');
    // Links in its own folder could be the function's own work.
    if (!`${folder}/`.startsWith(`${fn.ownFolder}/`)) paths.push(modules, ...linkedPackages(modules));
    if (folder === dirname(folder)) return paths;
  }
}

function linkedPackages(modules: string): string[] {
  const found: string[] = [];
  const visit = (folder: string, scoped: boolean): void => {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) {
        const target = realPath(path);
        if (target !== null && !target.startsWith(`${modules}/`)) found.push(target);
      } else if (!scoped && entry.name.startsWith('@') && entry.isDirectory()) visit(path, true);
    }
  };
  visit(modules, false);
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
