import { parentPort, workerData } from 'node:worker_threads';
import { Engine, type Request } from './engine.js';
import { OpenError } from './open-database.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

/**
 * The program of the thread that owns the file. While it writes one transaction, requests pile up in its port; the next
 * transaction takes them all.
 */
const port = parentPort!;

/** Requests in one transaction at most: those behind it need not wait for thousands. */
const MAX_BATCH = 500;

let pending: Request[] = [];
let scheduled = false;

function tell(message: FromThread): void {
  port.postMessage(message);
}

function flush(engine: Engine): void {
  scheduled = false;
  // Flushed by the end already.
  if (pending.length === 0) return;
  const batch = pending.slice(0, MAX_BATCH);
  pending = pending.slice(MAX_BATCH);
  if (pending.length > 0) schedule(engine);
  tell({ kind: 'replies', replies: engine.run(batch) });
}

function schedule(engine: Engine): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => flush(engine));
}

function close(engine: Engine): void {
  while (pending.length > 0) flush(engine);
  engine.close();
  port.close();
}

function open(): Engine | null {
  try {
    return new Engine(workerData as ThreadData, (file) => tell({ kind: 'set_aside', file }));
  } catch (error) {
    const reason = error instanceof OpenError ? error.reason : 'unusable';
    tell({ kind: 'failed', reason, message: (error as Error).message });
    return null;
  }
}

const engine = open();
if (engine !== null) {
  port.on('message', (message: ToThread) => {
    if (message === 'close') {
      close(engine);
      return;
    }
    pending.push(...message);
    schedule(engine);
  });
  tell({ kind: 'opened' });
}
