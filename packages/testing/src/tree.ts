import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** File contents by relative path: text, bytes, or an object that is written as JSON. `null` makes an empty folder. */
export type Files = Readonly<Record<string, string | Uint8Array | object | null>>;

export interface Tree {
  /** Absolute real path. */
  readonly root: string;
  path(relative: string): string;
  write(relative: string, content: string | Uint8Array | object): void;
  mkdir(relative: string): void;
  remove(relative: string): void;
  chmod(relative: string, mode: number): void;
}

/** A real temporary folder with these files, removed when the running test ends. Call it inside a test. */
export function tree(files: Files = {}): Tree {
  const made = makeTree(files);
  onTestFinished(made.cleanup);
  return made;
}

/** Like {@link tree}, for `beforeAll`: the caller cleans up. */
export function makeTree(files: Files = {}): Tree & { cleanup(): void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-test-')));
  const path = (relative: string) => join(root, relative);
  const made = {
    root,
    path,
    write(relative: string, content: string | Uint8Array | object) {
      mkdirSync(dirname(path(relative)), { recursive: true });
      const plain = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(path(relative), plain ? content : JSON.stringify(content, null, 2));
    },
    mkdir(relative: string) {
      mkdirSync(path(relative), { recursive: true });
    },
    remove(relative: string) {
      rmSync(path(relative), { recursive: true, force: true });
    },
    chmod(relative: string, mode: number) {
      chmodSync(path(relative), mode);
    },
    cleanup() {
      rmSync(root, { recursive: true, force: true });
    },
  };
  for (const [name, content] of Object.entries(files)) {
    if (content === null) made.mkdir(name);
    else made.write(name, content);
  }
  return made;
}
