import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** What nobody used for so long is removed, and what is over so many is too. */
const UNUSED_MS = 7 * 24 * 3600 * 1000;
const MAX_ENTRIES = 200;

/**
 * Where builds are kept over restarts, shared by all projects of a user: `shim/<hash>` and `tool/<hash>` (ours), `bin/<hash>`
 * (a function's program) and `work/<random>` (a build that runs).
 */
export class CacheFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  in(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /** A fresh folder for a build, of this process alone. */
  work(): string {
    const folder = this.in('work', `${process.pid}-${randomBytes(6).toString('hex')}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Writes files below a folder. */
  async write(folder: string, files: readonly { readonly path: string; readonly text: string }[]): Promise<void> {
    const folders = new Set(files.map(({ path }) => dirname(join(folder, path))));
    for (const one of folders) mkdirSync(one, { recursive: true });
    await Promise.all(files.map(({ path, text }) => writeFile(join(folder, path), text)));
  }

  /**
   * Puts a finished file or folder in its place, whole or not at all. Another process may have been faster: its result is
   * the same, and stays.
   */
  async publish(from: string, to: string): Promise<void> {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await rename(from, to);
    } catch (error) {
      await stat(to).catch(() => {
        throw error;
      });
    }
  }

  /** Whether it is there; marks it as used. */
  async has(path: string): Promise<boolean> {
    const now = new Date();
    return utimes(path, now, now).then(
      () => true,
      () => false,
    );
  }

  /** Removes what is old, and what interrupted builds left. Never rejects. */
  async prune(now = Date.now()): Promise<void> {
    for (const part of ['bin', 'tool', 'shim', 'work']) {
      const names = await readdir(this.in(part)).catch(() => []);
      const entries = await Promise.all(
        names.map(async (name) => ({
          name,
          used: (await stat(this.in(part, name)).catch(() => null))?.mtimeMs ?? now,
        })),
      );
      entries.sort((a, b) => b.used - a.used);
      for (const [i, { name, used }] of entries.entries()) {
        const left = part === 'work' && !isAlive(Number.parseInt(name, 10));
        if (left || i >= MAX_ENTRIES || now - used > UNUSED_MS) {
          await rm(this.in(part, name), { recursive: true, force: true }).catch(() => {});
        }
      }
    }
  }
}

/** The usual place for caches of this system, or one below the temp folder when there is no home to write to. */
export function defaultCachePath(env: NodeJS.ProcessEnv): string {
  const candidates = [
    env.XDG_CACHE_HOME,
    process.platform === 'darwin'
      ? join(env.HOME ?? homedir(), 'Library', 'Caches')
      : join(env.HOME ?? homedir(), '.cache'),
  ];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === '') continue;
    const path = join(candidate, 'fastfn', 'go');
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      accessSync(path, constants.W_OK);
      return path;
    } catch {
      // Read-only, or a home that does not exist: the next one.
    }
  }
  return join(tmpdir(), `fastfn-go-${userInfo().uid}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
