export { checkPort, type RequestRecord } from '@fastfn/gateway';
export { type CreateServerInput, createServer, type FastFnServer } from './create-server.js';
export { describeDiagnostic } from './discovery-log.js';
export { detectTools, inspectTree } from './inspect.js';
export { createLogger, type LoggerOptions } from './logger.js';
export type { FileChanges, ReloadReport, WorkerOwner } from './reloader.js';
export { type RunDaemonInput, runDaemon } from './run-daemon.js';
export { createRuntimes, type RuntimeBinaries } from './runtimes.js';
export type { AppSnapshot } from './snapshot.js';
