import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { type PythonImport, scanImports } from './scan-imports.js';

/** More than a function has; a tree that is larger is looked at in part. */
const MAX_FILES = 500;
const MAX_FILE_BYTES = 1_048_576;

export interface CodeImports {
  /** Modules that are not the user's own files, dotted and as precise as the import, in order of appearance. */
  readonly external: readonly string[];
  /** Every file that was read, the handler first. */
  readonly files: readonly string[];
}

/** What a handler and the modules below root that it imports, directly or not, import from elsewhere. */
export function importsOfHandler(fn: FunctionSpec, isStandard: (name: string) => boolean): CodeImports {
  const finder = new LocalFinder(fn);
  const files = new Set([fn.entry]);
  const external = new Set<string>();
  for (const file of files) {
    for (const one of importsIn(file)) {
      const first = one.module.split('.', 1)[0]!;
      if (one.level === 0 && isStandard(first)) continue;
      const local = finder.find(one, file);
      if (local === null) {
        if (one.level === 0 && !one.optional) for (const name of preciseNames(one)) external.add(name);
      } else if (files.size < MAX_FILES) for (const each of local) files.add(each);
    }
  }
  return { external: [...external], files: [...files] };
}

/** `from google.cloud import storage` may mean the module `google.cloud.storage`. */
function preciseNames({ module, names }: PythonImport): string[] {
  return module.includes('.') && names.length > 0 ? names.map((name) => `${module}.${name}`) : [module];
}

function importsIn(file: string): PythonImport[] {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return [];
    return scanImports(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/** Finds modules among the user's files as the shim does: in the handler's folder, then in its parents up to root. */
class LocalFinder {
  readonly #fn: FunctionSpec;
  readonly #folders: string[] = [];
  readonly #listings = new Map<string, ReadonlyMap<string, 'file' | 'folder'>>();

  constructor(fn: FunctionSpec) {
    this.#fn = fn;
    for (let folder = fn.folder; ; folder = dirname(folder)) {
      this.#folders.push(folder);
      if (folder === fn.root || !folder.startsWith(fn.root + sep)) break;
    }
  }

  /** The files that an import loads; null when it is none of ours. */
  find({ module, names, level }: PythonImport, from: string): string[] | null {
    const parts = module === '' ? [] : module.split('.');
    if (level > 0) {
      let folder = dirname(from);
      for (let i = 1; i < level; i++) folder = dirname(folder);
      return this.#walk(folder, parts, names) ?? [];
    }
    for (const folder of this.#folders) {
      const files = this.#walk(folder, parts, names);
      if (files !== null) return files;
    }
    return null;
  }

  /** Modules along a dotted path below a folder; null when its first part is not there. */
  #walk(start: string, parts: readonly string[], names: readonly string[]): string[] | null {
    const files: string[] = [];
    let folder = start;
    for (const [i, part] of parts.entries()) {
      const listing = this.#list(folder);
      const rest = parts[i + 1] === undefined ? names : [parts[i + 1]!];
      const below = join(folder, part);
      if (listing.get(part) === 'folder' && this.#isPackage(below, rest)) {
        if (this.#list(below).has('__init__.py')) files.push(join(below, '__init__.py'));
        folder = below;
        continue;
      }
      const file = join(folder, `${part}.py`);
      // `import stripe` in a handler called `stripe.py` means the package.
      if (listing.get(`${part}.py`) === 'file' && !(i === 0 && this.#isHidden(file))) return [...files, file];
      if (isExtension(listing, part)) return files;
      return i === 0 ? null : files;
    }
    const listing = this.#list(folder);
    for (const name of names) {
      if (listing.get(`${name}.py`) === 'file') files.push(join(folder, `${name}.py`));
      else if (this.#list(join(folder, name)).has('__init__.py')) files.push(join(folder, name, '__init__.py'));
    }
    return files;
  }

  /** A folder without `__init__.py` is one only for what is really in it: a route folder may be named like a package. */
  #isPackage(folder: string, wanted: readonly string[]): boolean {
    const listing = this.#list(folder);
    if (listing.has('__init__.py')) return true;
    return wanted.some((name) => listing.has(`${name}.py`) || listing.get(name) === 'folder');
  }

  #isHidden(file: string): boolean {
    return file === this.#fn.entry && !['handler.py', 'main.py', 'index.py', 'app.py'].includes(basename(file));
  }

  #list(folder: string): ReadonlyMap<string, 'file' | 'folder'> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = listFolder(folder);
      this.#listings.set(folder, listing);
    }
    return listing;
  }
}

function listFolder(folder: string): ReadonlyMap<string, 'file' | 'folder'> {
  try {
    return new Map(
      readdirSync(folder, { withFileTypes: true }).map((entry) => [
        entry.name,
        (entry.isSymbolicLink() ? statSync(join(folder, entry.name)).isDirectory() : entry.isDirectory())
          ? 'folder'
          : 'file',
      ]),
    );
  } catch {
    return new Map();
  }
}

function isExtension(listing: ReadonlyMap<string, string>, name: string): boolean {
  for (const file of listing.keys()) if (file.startsWith(`${name}.`) && /\.(?:so|pyd)$/.test(file)) return true;
  return false;
}
