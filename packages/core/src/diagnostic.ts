export type Severity = 'error' | 'warning' | 'info';

/**
 * Something FastFN has to say about the user's files. Logged once per change, listed in `/_fn/catalog` and by
 * `fastfn routes`. SPEC §2.5.
 */
export interface Diagnostic {
  /** Stable, snake_case, e.g. `route_conflict`, `ambiguous_method`, `invalid_config`. */
  readonly code: string;
  readonly severity: Severity;
  /** Path relative to the functions root, with `/`; `""` when it concerns no file. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  /** Dotted key inside a config file, e.g. `worker_pool.max_queue`; or an environment variable or flag (`--port`). */
  readonly key?: string;
  /** For a bad value: what stands there, in words and without secrets, e.g. `"abc" (text)`. */
  readonly found?: string;
  /** For a bad value: what may stand there, e.g. `a whole number from 1 to 100`. */
  readonly allowed?: string;
  /** What happened, one sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}
