import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '@fastfn/core';
import type { GeneratedFile } from './targets.js';

export interface Written {
  /** Absolute. */
  readonly path: string;
  readonly what: 'written' | 'replaced' | 'kept';
}

/**
 * Writes the files of a target, all or none of them as far as what is there already decides.
 * @throws UsageError `already_exists` when a file is in the way and `force` is not set; `cannot_write`.
 */
export function writeFiles(folder: string, files: readonly GeneratedFile[], force: boolean): Written[] {
  const inTheWay = files.filter(({ path, shared }) => !shared && existsSync(join(folder, path)));
  if (inTheWay.length > 0 && !force) {
    const names = inTheWay.map(({ path }) => join(folder, path)).join(', ');
    throw new UsageError(
      'already_exists',
      `${names} ${inTheWay.length === 1 ? 'exists' : 'exist'} already; nothing was written.`,
      'Write somewhere else with --out, or replace with --force.',
    );
  }
  return files.map((file) => write(join(folder, file.path), file, force));
}

function write(path: string, { text, shared }: GeneratedFile, force: boolean): Written {
  const exists = existsSync(path);
  if (exists && shared && !force) return { path, what: 'kept' };
  try {
    if (exists && !statSync(path).isFile()) throw new Error('it is not a file');
    mkdirSync(dirname(path), { recursive: true });
    // `wx`: what appeared meanwhile is not overwritten either.
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new UsageError('cannot_write', `${path} cannot be written: ${reason}.`, 'Choose another folder with --out.', {
      cause,
    });
  }
  return { path, what: exists ? 'replaced' : 'written' };
}
