/**
 * The worker program: one process, one function. The daemon starts it as a spare, with everything loaded that needs no
 * function; the function's spec comes later over the control line. PROTOCOL.md §4.
 *
 * A CommonJS bundle: Node reads ES modules by libuv's threads, which the sandbox could not reach any more.
 *
 * `node worker.cjs <folder for the rehearsal's socket> [--typescript]`
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import type { StartSpec } from '@fastfn/protocol';
import type { Call } from './call.js';
import { CONTROL_FD, readLines, type WorkerReport, writeLine } from './control.js';
import { warmLoader } from './loader/index.js';
import { captureOutput } from './output.js';
import { rehearse } from './rehearsal.js';
import { Sandbox } from './sandbox/index.js';
import { WorkerServer } from './worker-server.js';

// First of all: it looks what threads there are.
const sandbox = new Sandbox();
const current = new AsyncLocalStorage<Call>();
captureOutput(() => current.getStore());

const control = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
const report = (message: WorkerReport): void => writeLine(control, message);

// End of file: the daemon is gone. Our children go with us. A handler in an endless loop never gets here; the daemon's
// reaper ends it.
control.on('close', () => process.kill(-process.pid, 'SIGKILL'));
control.on('error', () => {});

const [, , folder, ...flags] = process.argv;
// A spec that is there already when the rehearsal would begin has somebody waiting.
const rehearsed = new Promise<void>((resolve) => {
  setImmediate(() => {
    if (starting || folder === undefined) resolve(warmLoader(false));
    else
      rehearse(`${folder}/.rehearsal-${process.pid}.sock`, current, flags.includes('--typescript')).then(resolve, () =>
        resolve(),
      );
  });
});

let starting = false;
let server: WorkerServer | null = null;
readLines<StartSpec>(control, (spec) => {
  starting = true;
  void rehearsed.then(() => {
    server = new WorkerServer(spec, current, sandbox);
    return server.start(report);
  });
});

process.on('SIGTERM', () => {
  if (server === null) process.exit(0);
  server.drain();
});
