export { ambientEnv } from './ambient-env.js';
export { Backoff, type BackoffOptions } from './backoff.js';
export type { PoolEvent } from './events.js';
export { type BorrowingPool, type BorrowingPoolOptions, createBorrowingPool } from './lending/borrowing-pool.js';
export { Channel, type ChannelListener, type Packet } from './lending/channel.js';
export { type ErrorData, packError, unpackError } from './lending/error-data.js';
export type { GatewaySeat } from './lending/lender.js';
export { createPool, type Pool, type PoolOptions, type UpdateOptions } from './pool.js';
export type { WorkerEvents, WorkerExit, WorkerHost, WorkerLink } from './worker-host.js';
