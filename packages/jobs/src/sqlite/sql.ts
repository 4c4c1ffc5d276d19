import type Libsql from 'libsql';

export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/**
 * The part of libsql that is used. Parameters always go as one list: the library takes a lone Buffer for named parameters
 * and ends the process over it. So does it over `true` and `false`, which {@link Value} leaves out.
 */
export class Sql {
  /** Null once closed: the library ends the process over a closed one. */
  #open: Libsql.Database | null;
  readonly #statements = new Map<string, Libsql.Statement<unknown[]>>();

  constructor(database: Libsql.Database) {
    this.#open = database;
  }

  get #database(): Libsql.Database {
    if (this.#open === null) throw new Error('The file is closed.');
    return this.#open;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  run(sql: string, values: readonly Value[] = []): number {
    return this.#prepared(sql).run([...values]).changes;
  }

  get(sql: string, values: readonly Value[] = []): Row | null {
    return (this.#prepared(sql).all([...values])[0] as Row | undefined) ?? null;
  }

  all(sql: string, values: readonly Value[] = []): Row[] {
    return this.#prepared(sql).all([...values]) as Row[];
  }

  /** The library rolls back by itself when the disk is full. */
  rollback(): void {
    if (this.#database.inTransaction) this.exec('ROLLBACK');
  }

  /** Gives the lock back as well: closing alone does not, as long as statements are about. */
  close(): void {
    const database = this.#open;
    if (database === null) return;
    try {
      this.exec('PRAGMA journal_mode = DELETE');
      this.exec('PRAGMA locking_mode = NORMAL');
      this.get('SELECT count(*) FROM sqlite_master');
    } catch {
      // A broken file: the lock goes with the thread.
    }
    this.#open = null;
    this.#statements.clear();
    database.close();
  }

  #prepared(sql: string): Libsql.Statement<unknown[]> {
    const database = this.#database;
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** BLOBs come as ArrayBuffer or as Buffer, depending on the call. */
export function bytesOf(value: unknown): Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array);
}

export function sqliteCode(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : '';
}

/** The file is not, or no longer, what we wrote. */
export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error));
}
