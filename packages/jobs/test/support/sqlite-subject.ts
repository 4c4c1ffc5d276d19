import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@fastfn/core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openSqliteStore, type SqliteStoreOptions } from '../../src/sqlite-store.js';
import type { Store } from '../../src/store.js';
import type { Subject, SubjectOptions } from '../contract/queue-contract.js';
import { buildThread } from './build-thread.js';

export interface SqliteBench {
  /** A folder that goes with the test. */
  folder(): string;
  /** A store that is closed with the test. */
  open(file: string, over?: Partial<SqliteStoreOptions>): Promise<Store>;
  subject(options?: SubjectOptions): Promise<Subject>;
}

/** Embedded stores on temporary files, for one test file. Call it at its top. */
export function useSqlite(logger: Logger = silentLogger): SqliteBench {
  let thread: Awaited<ReturnType<typeof buildThread>>;
  beforeAll(async () => {
    thread = await buildThread();
  });
  afterAll(() => thread.remove());

  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'fastfn-jobs-'));
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };
  const open: SqliteBench['open'] = async (file, over = {}) => {
    const store = await openSqliteStore({
      file,
      maxQueued: 100_000,
      retention: { maxFinished: 100_000, maxAgeMs: 86_400_000 },
      logger,
      program: thread.program,
      ...over,
    });
    onTestFinished(() => store.close());
    return store;
  };
  return {
    folder,
    open,
    async subject({ maxQueued = 100_000, maxFinished = 100_000 } = {}) {
      const file = join(folder(), 'jobs.db');
      const over = { maxQueued, retention: { maxFinished, maxAgeMs: 86_400_000 } };
      let current = await open(file, over);
      return {
        store: current,
        async crash() {
          // What runs is neither ended nor given back.
          await current.close();
          current = await open(file, over);
          return current;
        },
        async reopen() {
          await current.queue.stop(0);
          await current.close();
          current = await open(file, over);
          return current;
        },
      };
    },
  };
}
