import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { MIGRATIONS } from './migrations.js';
import { isCorruption, Sql, sqliteCode } from './sql.js';

export interface OpenedDatabase {
  readonly sql: Sql;
  /** Where the file that was found broken is now; null: it was sound, or new. */
  readonly setAside: string | null;
}

export type OpenFailure = 'busy' | 'unusable';

/** The file cannot be opened. `busy`: somebody else has it. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
  constructor(
    readonly reason: OpenFailure,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Opens the file for this process alone; a broken one is put aside and a new one begun.
 * @param now epoch ms, for the name of a broken file.
 * @throws OpenError
 */
export function openDatabase(file: string, now: number): OpenedDatabase {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // The library would make it readable by everyone; its companions take over the mode of the file.
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new OpenError('unusable', `${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    return { sql: openSound(file), setAside: null };
  } catch (error) {
    if (!(error instanceof BrokenFile) && !isCorruption(error)) throw coded(file, error);
  }
  const setAside = putAside(file, now);
  try {
    return { sql: openSound(file), setAside };
  } catch (error) {
    throw coded(file, error);
  }
}

/** Renames the file and its companions. @returns where it is now. */
export function putAside(file: string, now: number): string {
  let target = `${file}.broken-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  for (let i = 2; existsSync(target); i++) target = target.replace(/(_\d+)?$/, `_${i}`);
  renameSync(file, target);
  for (const companion of ['-wal', '-shm', '-journal']) {
    try {
      renameSync(file + companion, target + companion);
    } catch {
      // There was none. One that stayed would be applied to the new file.
      rmSync(file + companion, { force: true });
    }
  }
  return target;
}

class BrokenFile extends Error {}

function openSound(file: string): Sql {
  const sql = new Sql(new Database(file, { timeout: 0 }));
  try {
    // Before anything else: from the first access on nobody else gets in, until this process ends, however it ends.
    sql.exec('PRAGMA locking_mode = EXCLUSIVE');
    sql.exec('PRAGMA journal_mode = WAL');
    sql.exec('PRAGMA synchronous = FULL');
    sql.exec('PRAGMA journal_size_limit = 67108864');
    // Takes the lock for writing, which reading does not.
    sql.exec('BEGIN IMMEDIATE');
    sql.exec('COMMIT');
    const check = sql.get('PRAGMA quick_check(1)');
    if (check?.quick_check !== 'ok') throw new BrokenFile();
    migrate(sql, file);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

function migrate(sql: Sql, file: string): void {
  const version = Number(sql.get('PRAGMA user_version')?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    throw new OpenError('unusable', `${file} was written by a newer FastFN. Use that, or another FN_STATE_DIR.`);
  }
  if (version === MIGRATIONS.length) return;
  sql.exec('BEGIN IMMEDIATE');
  for (const step of MIGRATIONS.slice(version)) sql.exec(step);
  sql.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  sql.exec('COMMIT');
}

function coded(file: string, error: unknown): OpenError {
  if (error instanceof OpenError) return error;
  if (/^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error))) {
    const message = `${file} is in use by another FastFN server. Stop it, or give this one its own FN_STATE_DIR.`;
    return new OpenError('busy', message);
  }
  return new OpenError('unusable', `${file} cannot be used: ${(error as Error).message}.`);
}
