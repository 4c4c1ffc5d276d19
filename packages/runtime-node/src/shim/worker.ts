/**
 * The worker program: one process, one function. The daemon starts it as a spare, with everything loaded that needs no
 * function; the function's spec comes later over the control line. PROTOCOL.md §4.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import type { StartSpec } from '@fastfn/protocol';
import type { Call } from './call.js';
import { CONTROL_FD, readLines, type WorkerReport, writeLine } from './control.js';
import { warmLoader } from './loader/index.js';
import { captureOutput } from './output.js';
import { WorkerServer } from './worker-server.js';

const current = new AsyncLocalStorage<Call>();
captureOutput(() => current.getStore());

const control = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
const report = (message: WorkerReport): void => writeLine(control, message);

// End of file: the daemon is gone. Our children go with us. A handler in an endless loop never gets here; the daemon's
// reaper ends it.
control.on('close', () => process.kill(-process.pid, 'SIGKILL'));
control.on('error', () => {});

let server: WorkerServer | null = null;
readLines<StartSpec>(control, (spec) => {
  server = new WorkerServer(spec, current);
  void server.start(report);
});

process.on('SIGTERM', () => {
  if (server === null) process.exit(0);
  server.drain();
});

warmLoader();
