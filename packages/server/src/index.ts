export { type CreateServerInput, type FastFnServer, createServer } from './create-server.js';
export { describeDiagnostic } from './discovery-log.js';
export { detectTools, inspectTree } from './inspect.js';
export { type LoggerOptions, createLogger } from './logger.js';
export { type FileChanges, type ReloadReport, type WorkerOwner } from './reloader.js';
export { type RunDaemonInput, runDaemon } from './run-daemon.js';
export { createRuntimes, type RuntimeBinaries } from './runtimes.js';
export { type AppSnapshot } from './snapshot.js';
export { type RequestRecord, checkPort } from '@fastfn/gateway';
