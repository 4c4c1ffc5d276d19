// The seam between deciding and doing. It lives with the messages, so that a runtime with an engine of its own can implement it.
export type { WorkerEvents, WorkerExit, WorkerHost, WorkerLink } from '@fastfn/protocol';
