import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { SandboxPaths } from '@fastfn/protocol';

/** Decides about single paths, as the kernel would. */
export class Reach {
  readonly #write: readonly string[];
  readonly #read: readonly string[];
  readonly #list: readonly string[];
  readonly #hide: readonly string[];

  /** @param paths null: everything but what is hidden */
  constructor(paths: SandboxPaths | null, hide: readonly string[]) {
    this.#write = paths === null ? ['/'] : paths.write.map(realPath);
    this.#read = [...this.#write, ...(paths?.read.map(realPath) ?? [])];
    this.#list = [...this.#read, ...(paths?.list.map(realPath) ?? [])];
    this.#hide = hide.map(realPath);
  }

  mayRead = (path: string): boolean => this.#may(path, this.#read);
  mayWrite = (path: string): boolean => this.#may(path, this.#write);
  mayList = (path: string): boolean => this.#may(path, this.#list);

  #may(path: string, allowed: readonly string[]): boolean {
    const real = realPath(path);
    const within = (folder: string): boolean => folder === '/' || real === folder || real.startsWith(`${folder}/`);
    return allowed.some(within) && !this.#hide.some(within);
  }
}

/** Where a path really leads, also one whose last parts do not exist yet. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}
