/** About the call and the function; `event.context`. */
export interface Context {
  /** Same as `event.id`. */
  readonly request_id: string;
  readonly runtime: string;
  /** Its name; of a file route, the path below the functions root (`users/[id].ts`). */
  readonly function_name: string;
  readonly version: string;
  /** Milliseconds. */
  readonly timeout_ms: number;
  /** When the call will be stopped, epoch milliseconds. */
  readonly deadline_ms: number;
  /** Calls at once; 0 = no limit. */
  readonly max_concurrency: number;
  /** Bytes. */
  readonly max_body_bytes: number;
  readonly worker_pool: WorkerPoolInfo;
  readonly gateway: { readonly worker_pid: number };
  readonly debug: { readonly enabled: boolean };
  /** What a call by `/_fn/invoke`, a job or a schedule carries as `context`; null for a public call. */
  readonly user: unknown;
  /** Null for a public call. */
  readonly trigger: Trigger | null;
  /** W3C trace context of the request, when it is valid. */
  readonly traceparent: string | null;
  /** Only there when the call is a job. */
  readonly job?: JobInfo;
}

/** `worker_pool` of the function's configuration. */
export interface WorkerPoolInfo {
  readonly enabled: boolean;
  /** 0: not set. */
  readonly max_workers: number;
  readonly max_queue: number;
  /** Milliseconds; 0 = the rest of the deadline. */
  readonly queue_timeout_ms: number;
  readonly queue_poll_ms: number;
  readonly overflow_status: 429 | 503;
  readonly min_warm: number;
  readonly idle_ttl_seconds: number;
}

/** Why FastFN itself made the call. */
export interface Trigger {
  readonly type: 'schedule' | 'keep_warm';
  readonly every_seconds?: number;
  readonly cron?: string;
  /** From 1. */
  readonly attempt?: number;
  readonly [key: string]: unknown;
}

export interface JobInfo {
  readonly id: string;
  readonly attempt: number;
}
