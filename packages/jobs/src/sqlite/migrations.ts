/**
 * Steps from one layout of the file to the next; `PRAGMA user_version` counts those that were made. Never changed once
 * published, only added to.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    runtime TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    -- Runs that reached the function, the current one included.
    runs INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    postponed INTEGER NOT NULL DEFAULT 0,
    -- Deaths of a process that was running it.
    interruptions INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    retry_delay_ms INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    result_status INTEGER,
    last_error TEXT,
    callback_url TEXT,
    callback_status TEXT,
    callback_attempts INTEGER NOT NULL DEFAULT 0,
    callback_error TEXT,
    -- Null while there is nothing to tell, or nothing left to.
    callback_due INTEGER,
    run_at INTEGER,
    -- The rest of the call as JSON, and its body.
    call TEXT NOT NULL,
    body BLOB NOT NULL
  );
  CREATE INDEX jobs_due ON jobs (due_at, seq) WHERE status = 'queued';
  CREATE INDEX jobs_status ON jobs (status, seq);
  CREATE INDEX jobs_finished ON jobs (updated_at) WHERE status IN ('done', 'failed', 'canceled');
  CREATE INDEX jobs_callbacks ON jobs (callback_due) WHERE callback_due IS NOT NULL;
  CREATE TABLE results (
    seq INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    size INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    latency_ms REAL NOT NULL,
    body BLOB NOT NULL
  );
  CREATE TABLE schedules (key TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  `,
];
