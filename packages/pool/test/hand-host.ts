import {
  type FromWorkerMessage,
  type InvokeMessage,
  MessageType,
  type StartSpec,
  type ToWorkerMessage,
} from '@fastfn/protocol';
import type { WorkerEvents, WorkerHost, WorkerLink } from '../src/index.js';

/** A call in a handler; it ends when the test says so. */
export interface HandCall {
  readonly request: string;
  finish(): void;
  /** Its process ends. @param unheard what it sent last is lost */
  die(unheard?: boolean): void;
}

/** A runtime inside this process whose calls end when the test says so. */
export class HandHost implements WorkerHost {
  readonly index = 1;
  readonly up = true;
  /** Calls in handlers, in the order they were begun. */
  readonly running: HandCall[] = [];
  readonly begun: string[] = [];
  /** Calls that came with a moment by which they had to be begun. */
  laid = 0;
  most = 0;
  /** Calls that a worker had at once, with those that it had not begun. */
  mostPerWorker = 0;

  constructor(
    readonly concurrency: number,
    readonly ahead = 0,
  ) {}

  startWorker(_id: string, _spec: StartSpec, events: WorkerEvents): WorkerLink {
    const mine = new Map<number, HandCall>();
    /** Not begun, in order. */
    const line: { message: InvokeMessage; canceled: boolean }[] = [];
    const tell = (message: FromWorkerMessage): void => {
      if (!gone) events.onMessage(message);
    };
    const over = (id: number): void => {
      const call = mine.get(id);
      if (!call) return;
      mine.delete(id);
      this.running.splice(this.running.indexOf(call), 1);
    };
    let gone = false;
    const end = (unheard = false): void => {
      if (gone) return;
      gone = true;
      for (const id of [...mine.keys()]) over(id);
      line.length = 0;
      events.onGone({ kind: 'exited', exitCode: 1, signal: null, message: null, unheard });
    };
    const begin = ([, id, request]: InvokeMessage): void => {
      this.begun.push(request);
      const call: HandCall = {
        request,
        finish: () => {
          over(id);
          tell([MessageType.HEAD, id, 200, [], 1, Buffer.from(request)]);
          next();
        },
        die: end,
      };
      mine.set(id, call);
      this.running.push(call);
      this.most = Math.max(this.most, this.running.length);
    };
    const next = (): void => {
      while (line.length > 0 && mine.size === 0) {
        const { message, canceled } = line.shift()!;
        const late = Date.now() >= (message[16] ?? Number.POSITIVE_INFINITY);
        if (canceled || late)
          tell([MessageType.ERROR, message[1], canceled ? 'canceled' : 'not_begun', 'Was not called.', null]);
        else begin(message);
      }
    };
    queueMicrotask(() => {
      events.onStarted(1);
      tell([MessageType.READY, { pid: 1, concurrency: this.concurrency, files: [], load_ms: 0, ahead: this.ahead }]);
    });
    return {
      send: (message: ToWorkerMessage) => {
        if (message[0] === MessageType.INVOKE) {
          if (message[16] != null) this.laid++;
          if (this.concurrency === 1 && mine.size + line.length > 0) line.push({ message, canceled: false });
          else begin(message);
          this.mostPerWorker = Math.max(this.mostPerWorker, mine.size + line.length);
        } else if (message[0] === MessageType.CANCEL) {
          // Cancelled calls that run go on until the test ends them: the slot must stay taken.
          for (const one of line) if (one.message[1] === message[1]) one.canceled = true;
        }
      },
      ping: () => Promise.resolve(0),
      stop: () => queueMicrotask(() => end()),
    };
  }
}
