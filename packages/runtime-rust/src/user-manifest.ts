import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { FastFnError } from '@fastfn/core';
import { parse, type TomlTable } from 'smol-toml';

/** What a `Cargo.toml` beside a handler adds to the project it is built in. */
export interface UserManifest {
  /** Tables of a Cargo.toml, paths absolute. */
  readonly tables: TomlTable;
  readonly edition: string | null;
  /** Absolute path of its `Cargo.lock`, when it has one. */
  readonly lock: string | null;
}

/** Taken over as they are; everything else of the file is about a crate that is not built. */
const TABLES = ['dependencies', 'target', 'patch', 'features'] as const;

/**
 * Reads the `Cargo.toml` of a folder; null when there is none.
 * @throws FastFnError `dependency_failed` when it cannot be read.
 */
export function readUserManifest(folder: string): UserManifest | null {
  const file = join(folder, 'Cargo.toml');
  if (!existsSync(file)) return null;
  let manifest: TomlTable;
  try {
    manifest = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const line = (cause as { line?: number }).line;
    throw new FastFnError('dependency_failed', `${file} cannot be read: ${reason}`, {
      debug: { type: 'TomlError', message: reason, file, line },
      cause,
    });
  }
  const tables: TomlTable = {};
  for (const name of TABLES) {
    const table = manifest[name];
    if (isTable(table)) tables[name] = absolutePaths(table, folder);
  }
  const dev = table(manifest, 'profile', 'dev');
  if (dev !== null) tables.profile = { dev };
  const edition = table(manifest, 'package')?.edition;
  const lock = join(dirname(file), 'Cargo.lock');
  return { tables, edition: typeof edition === 'string' ? edition : null, lock: existsSync(lock) ? lock : null };
}

/** `path` of a dependency is relative to the user's manifest, which is not the one that cargo reads. */
function absolutePaths(table: TomlTable, folder: string): TomlTable {
  const result: TomlTable = {};
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value)) result[key] = absolutePaths(value, folder);
    else if (key === 'path' && typeof value === 'string' && !isAbsolute(value)) result[key] = resolve(folder, value);
    else result[key] = value;
  }
  return result;
}

function table(from: TomlTable, ...path: string[]): TomlTable | null {
  let at: unknown = from;
  for (const key of path) at = isTable(at) ? at[key] : undefined;
  return isTable(at) ? at : null;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
