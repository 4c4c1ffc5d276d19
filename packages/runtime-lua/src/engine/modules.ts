import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isWithin } from './files.js';

export interface FoundModule {
  /** Below root: what error messages call it. */
  readonly path: string;
  readonly source: Buffer;
  /** Absolute. */
  readonly file: string;
}

/** Parts of a module name become folders; anything else in it could leave the root. */
const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** Where `require` looks: the function's folder, then each folder above up to the root, then its packs. SPEC §7, §13. */
export class ModuleFinder {
  readonly #root: string;
  readonly #realRoot: string;
  readonly #folders: readonly string[];
  /** Absolute paths of the files that were loaded. */
  readonly files = new Set<string>();

  /** @param packs absolute folders */
  constructor(root: string, folder: string, packs: readonly string[] = []) {
    this.#root = root;
    this.#realRoot = realpathSync(root);
    this.#folders = [...foldersUpTo(root, folder), ...packs];
  }

  /** In the form of Lua's `package.path`. */
  get packagePath(): string {
    return this.#folders.map((folder) => `${folder}/?.lua;${folder}/?/init.lua`).join(';');
  }

  /** The handler file itself. @throws Error when it cannot be read */
  entry(file: string): FoundModule {
    this.files.add(file);
    return { path: this.#shown(file), source: readFileSync(file), file };
  }

  /** @returns what was tried, in the words of Lua's `require`, when there is no such module */
  find(name: string): FoundModule | string {
    if (!NAME.test(name))
      return `\n\tno file: '${name}' is no name of a module (letters, digits, _ and -, parts joined by dots)`;
    const base = name.replaceAll('.', '/');
    let tried = '';
    for (const folder of this.#folders) {
      for (const file of [join(folder, `${base}.lua`), join(folder, base, 'init.lua')]) {
        const source = this.#read(file);
        if (source === null) {
          tried += `\n\tno file '${file}'`;
          continue;
        }
        this.files.add(file);
        return { path: this.#shown(file), source, file };
      }
    }
    return tried;
  }

  /** Absolute path of what an error message calls `path`. */
  absolute(path: string): string {
    return join(this.#root, path);
  }

  #shown(file: string): string {
    return relative(this.#root, file);
  }

  /** Null when it is not there, or lies outside of root in truth. */
  #read(file: string): Buffer | null {
    try {
      if (!isWithin(realpathSync(file), this.#realRoot)) return null;
      return readFileSync(file);
    } catch {
      return null;
    }
  }
}

function foldersUpTo(root: string, folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; isWithin(at, root); at = dirname(at)) {
    folders.push(at);
    if (at === root) break;
  }
  return folders;
}
