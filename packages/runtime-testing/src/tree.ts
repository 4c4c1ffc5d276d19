import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface HandlerTree {
  /** Absolute real path. */
  readonly root: string;
  path(name: string): string;
  write(name: string, content: string): void;
}

/** A temporary folder with these files, removed when the running test ends. */
export function tree(files: Readonly<Record<string, string>>): HandlerTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-fn-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const path = (name: string) => join(root, name);
  const write = (name: string, content: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { root, path, write };
}
