/**
 * The catalogue of errors that FastFN itself answers with over HTTP. The docs page `docs/errors.md` lists the same
 * codes; a test compares the two. SPEC §4.
 */
export const ERRORS = {
  bad_request: { status: 400, summary: 'The request is malformed: a bad percent-escape, bad JSON or a missing field.' },
  missing_params: {
    status: 400,
    summary: 'An invocation by route lacks path parameters; `missing_params` names them.',
  },
  unauthorized: { status: 401, summary: 'Login is required, or the credentials are wrong.' },
  forbidden: { status: 403, summary: 'The guard of the admin API or console refused the caller.' },
  not_found: { status: 404, summary: 'No function, asset or endpoint answers at this URL.' },
  method_not_allowed: { status: 405, summary: 'The URL exists, but not for this method; see the `Allow` header.' },
  route_conflict: { status: 409, summary: 'Two functions claim this method and URL; both are named in the answer.' },
  already_exists: { status: 409, summary: 'What should be created exists already.' },
  job_finished: { status: 409, summary: 'The job has ended; there is nothing to cancel.' },
  schedule_running: { status: 409, summary: 'The schedule is running; it does not overlap with itself.' },
  payload_too_large: { status: 413, summary: 'The request body is larger than `max_body_bytes`.' },
  host_not_allowed: { status: 421, summary: 'The route answers only for the hosts in `invoke.allow_hosts`.' },
  rate_limited: { status: 429, summary: 'Too many requests to the admin API from this peer.' },
  concurrency_limit: { status: 429, summary: 'The function is at its `max_concurrency`.' },
  worker_pool_overflow: { status: 429, summary: 'All workers are busy and the queue is full.' },
  worker_pool_queue_timeout: { status: 429, summary: 'The call waited in the queue longer than `queue_timeout_ms`.' },
  headers_too_large: { status: 431, summary: 'The request headers are larger than the server accepts.' },
  client_closed: { status: 499, summary: 'The client left before the answer; seen in logs only.' },
  internal_error: { status: 500, summary: 'A fault of FastFN itself. Please report it with the request id.' },
  handler_error: { status: 500, summary: 'The handler threw, could not be loaded, or exports no callable.' },
  invalid_config: {
    status: 500,
    summary: 'The configuration of the function is invalid and it never had a valid one.',
  },
  build_failed: { status: 500, summary: 'The compiler refused the handler; its last lines are in the answer (dev).' },
  dependency_failed: { status: 500, summary: 'Dependencies of the function could not be installed.' },
  pack_not_found: { status: 500, summary: 'A name in `shared_deps` has no folder under `.fastfn/packs`.' },
  invalid_response: { status: 502, summary: 'The handler returned something that is no HTTP response.' },
  response_too_large: { status: 502, summary: 'The response is larger than `max_response_bytes`.' },
  worker_crashed: { status: 502, summary: 'The process running the handler ended during the call.' },
  memory_limit: { status: 502, summary: 'The worker used more than `memory_mb` and was ended.' },
  edge_disabled: { status: 502, summary: 'The handler returned `proxy`, but its config has no `edge`.' },
  edge_denied: { status: 502, summary: 'The target of a `proxy` answer is not allowed.' },
  edge_failed: { status: 502, summary: 'The upstream of a `proxy` answer could not be reached or broke off.' },
  runtime_unavailable: { status: 503, summary: 'The tool of this language is missing, or all its daemons are down.' },
  warming_up: { status: 503, summary: 'The function is still being built or installed; try again.' },
  crash_loop: { status: 503, summary: 'The worker keeps dying at start; FastFN waits before the next try.' },
  queue_full: { status: 503, summary: '1024 calls already wait for a worker of this function.' },
  jobs_full: { status: 503, summary: 'As many jobs as allowed are waiting; try again later.' },
  jobs_unavailable: { status: 503, summary: 'The store of jobs cannot be used at the moment; the log says why.' },
  shutting_down: { status: 503, summary: 'The server is stopping and takes no new calls.' },
  starting: { status: 503, summary: 'The server is still starting.' },
  timeout: { status: 504, summary: 'The handler did not answer within `timeout_ms` and was stopped.' },
  edge_timeout: { status: 504, summary: 'The upstream of a `proxy` answer did not answer in time.' },
  storage_full: { status: 507, summary: 'There is no room on the disk of the state folder; nothing was stored.' },
} as const satisfies Record<string, { status: number; summary: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface FastFnErrorOptions {
  /** HTTP status when it differs from the catalogue's (e.g. `overflow_status: 503`). */
  status?: number;
  /** JSON-serialisable facts, shown as `details` in the answer. */
  details?: Record<string, unknown>;
  /** For the developer only (stack, source line): shown in `dev`, never in `run`. */
  debug?: ErrorDebug;
  /** Extra response headers, e.g. `Allow`, `Retry-After`. */
  headers?: Record<string, string>;
  cause?: unknown;
}

export interface ErrorDebug {
  /** Error class in the user's language, e.g. `ZeroDivisionError`. */
  type?: string;
  message?: string;
  /** Absolute path of the user's file nearest to the failure. */
  file?: string;
  line?: number;
  /** The source text of that line. */
  source?: string;
  /** Stack trace in the language's own format, mapped to sources. */
  stack?: string;
  /** What may be behind it and what to do, when we know more than the message says. */
  hint?: string;
}

/** An error with a stable code that can be answered over HTTP. */
export class FastFnError extends Error {
  override readonly name = 'FastFnError';
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;
  readonly debug: ErrorDebug | undefined;
  readonly headers: Record<string, string> | undefined;

  constructor(code: ErrorCode, message: string, options: FastFnErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? ERRORS[code].status;
    this.details = options.details;
    this.debug = options.debug;
    this.headers = options.headers;
  }
}

/** A mistake of the person at the command line (port taken, unreadable `--config`): printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    /** Stable code, e.g. `port_in_use`. */
    readonly code: string,
    message: string,
    /** What to do about it. */
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
