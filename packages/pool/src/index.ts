export { ambientEnv } from './ambient-env.js';
export type { BackoffOptions } from './backoff.js';
export type { PoolEvent } from './events.js';
export { createPool, type Pool, type PoolOptions, type UpdateOptions } from './pool.js';
export type { WorkerEvents, WorkerExit, WorkerHost, WorkerLink } from './worker-host.js';
