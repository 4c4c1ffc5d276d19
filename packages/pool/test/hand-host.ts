import { type FromWorkerMessage, MessageType, type StartSpec, type ToWorkerMessage } from '@fastfn/protocol';
import type { WorkerEvents, WorkerHost, WorkerLink } from '../src/index.js';

/** A runtime inside this process whose calls end when the test says so. */
export class HandHost implements WorkerHost {
  readonly index = 1;
  readonly up = true;
  /** Calls in handlers, in the order they were begun. */
  readonly running: { request: string; finish: () => void; die: () => void }[] = [];
  readonly begun: string[] = [];
  most = 0;
  mostPerWorker = 0;

  constructor(
    readonly concurrency: number,
    readonly ahead = 0,
  ) {}

  startWorker(_id: string, _spec: StartSpec, events: WorkerEvents): WorkerLink {
    const mine = new Map<number, (typeof this.running)[number]>();
    const tell = (message: FromWorkerMessage): void => events.onMessage(message);
    const over = (id: number): void => {
      const call = mine.get(id);
      if (!call) return;
      mine.delete(id);
      this.running.splice(this.running.indexOf(call), 1);
    };
    const end = (): void => {
      for (const id of [...mine.keys()]) over(id);
      events.onGone({ kind: 'exited', exitCode: 1, signal: null, message: null });
    };
    let gone = false;
    const endOnce = (): void => {
      if (!gone) end();
      gone = true;
    };
    queueMicrotask(() => {
      events.onStarted(1);
      tell([MessageType.READY, { pid: 1, concurrency: this.concurrency, files: [], load_ms: 0, ahead: this.ahead }]);
    });
    return {
      send: (message: ToWorkerMessage) => {
        if (message[0] === MessageType.INVOKE) {
          const [, id, request] = message;
          this.begun.push(request);
          const call = {
            request,
            finish: () => {
              over(id);
              tell([MessageType.HEAD, id, 200, [], 1, Buffer.from(request)]);
            },
            die: endOnce,
          };
          mine.set(id, call);
          this.running.push(call);
          this.most = Math.max(this.most, this.running.length);
          this.mostPerWorker = Math.max(this.mostPerWorker, mine.size);
        }
        // Cancelled calls go on until the test ends them: the slot must stay taken.
      },
      ping: () => Promise.resolve(0),
      stop: () => queueMicrotask(endOnce),
    };
  }
}
