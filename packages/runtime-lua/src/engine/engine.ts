import {
  type CallErrorCode,
  CallTable,
  type CancelReason,
  CREDIT_WINDOW_BYTES,
  type DebugInfo,
  FRAME_HEADROOM_BYTES,
  type FromWorkerMessage,
  HEAD_END,
  INVOKE_MORE_BODY,
  type InvokeMessage,
  MessageType,
  type StartSpec,
  type ToWorkerMessage,
} from '@fastfn/protocol';
import { Call } from './call.js';
import { pushCallHead } from './call-head.js';
import { readFailure } from './debug-info.js';
import type { LuaValues } from './lua-machine.js';
import { Output } from './output.js';
import { LUA, type Program } from './program.js';

/** Most bytes of one CHUNK. */
const CHUNK_BYTES = 65_536;

/** A stream that never waits gives way to the other calls after so much. */
const TURN_BYTES = 65_536;
const TURN_PIECES = 64;

/** Byte strings from this size on the encoder keeps until they leave. */
const KEPT_BYTES = 16_384;

/** What `shim/calls.lua` gives back first. */
const OPERATION = { done: 1, error: 2, proxy: 3, stream: 4, piece: 5, end: 6, sleep: 7 } as const;

/** Lua's whole message when memory was refused. */
const NO_MEMORY = 'not enough memory';

/** The function needs more memory than it may have: its state is not to be used any more. */
export class MemoryExhausted extends Error {
  override readonly name = 'MemoryExhausted';
}

/**
 * The calls of one function, as PROTOCOL.md §4 has them: messages in, messages out. Calls take turns where Lua gives way (a sleep,
 * a piece of a stream); between that each runs to its end.
 */
export class Engine {
  readonly #program: Program;
  readonly #spec: StartSpec;
  readonly #send: (message: FromWorkerMessage) => void;
  /** Runs a later turn of the event loop; what it sends must leave afterwards. */
  readonly #later: (action: () => void) => () => void;
  readonly #calls = new CallTable<Call>();
  /** INVOKEs whose body has not come in full. */
  readonly #incomplete = new Map<number, { message: InvokeMessage; parts: Uint8Array[] }>();
  #current: Call | null = null;
  readonly #outside: Output;
  #filesTold = 0;
  /** Of the last answer: most are alike. */
  #lastHeaderText = '';
  #lastHeaders: readonly string[] = [];

  /**
   * @param program with the function loaded
   * @param later wraps what a timer will run
   * @param outside what is printed while no call runs
   */
  constructor(options: {
    program: Program;
    spec: StartSpec;
    outside: Output;
    send: (message: FromWorkerMessage) => void;
    later: (action: () => void) => () => void;
  }) {
    this.#program = options.program;
    this.#spec = options.spec;
    this.#send = options.send;
    this.#later = options.later;
    this.#outside = options.outside;
    this.#filesTold = this.#program.fileCount;
    this.#program.output = (stream, bytes) => (this.#current?.output ?? this.#outside).write(stream, bytes);
  }

  /** @throws MemoryExhausted or MachineFailure: the state cannot be used any more */
  receive(message: ToWorkerMessage): void {
    switch (message[0]) {
      case MessageType.INVOKE:
        if ((message[14] & INVOKE_MORE_BODY) === 0) this.#begin(message, message[15]);
        else this.#incomplete.set(message[1], { message, parts: [message[15]] });
        break;
      case MessageType.INPUT: {
        const waiting = this.#incomplete.get(message[1]);
        if (waiting === undefined) return;
        waiting.parts.push(message[2]);
        if (!message[3]) return;
        this.#incomplete.delete(message[1]);
        this.#begin(waiting.message, Buffer.concat(waiting.parts));
        break;
      }
      case MessageType.CANCEL:
        this.#cancel(message[1], message[2]);
        break;
      case MessageType.CREDIT:
        this.#credit(message[1], message[2]);
    }
  }

  #begin(message: InvokeMessage, body: Uint8Array): void {
    const { machine } = this.#program;
    const call = new Call(message[1], new Output(message[1], this.#send));
    this.#calls.set(call.id, call);
    machine.prepare(LUA.begin);
    machine.pushNumber(call.id);
    pushCallHead(machine, message, Date.now() + message[11]);
    machine.pushBytes(body);
    this.#run(call);
  }

  /** Runs what was prepared, and goes on with a stream for a turn. */
  #run(call: Call): void {
    let bytes = 0;
    for (let pieces = 0; this.#step(call); pieces++) {
      bytes += this.#sendUnsent(call);
      if (!this.#mayGoOn(call)) return;
      if (bytes >= TURN_BYTES || pieces >= TURN_PIECES) {
        this.#goOnLater(call);
        return;
      }
      this.#prepareResume(call);
    }
  }

  /** False when a stream has to wait for credit, or was only to be sent to its end. */
  #mayGoOn(call: Call): boolean {
    if (call.unsent !== null) {
      call.state = 'blocked';
      return false;
    }
    if (!call.finished) return true;
    this.#end(call);
    this.#send([MessageType.END, call.id]);
    return false;
  }

  #goOnLater(call: Call): void {
    call.state = 'ready';
    call.timer = setImmediate(this.#later(() => this.#resume(call)));
  }

  #resume(call: Call): void {
    call.timer = null;
    this.#prepareResume(call);
    this.#run(call);
  }

  #prepareResume(call: Call): void {
    this.#program.machine.prepare(LUA.resume);
    this.#program.machine.pushNumber(call.id);
  }

  /** One stretch of Lua. True when the call streams and may go on at once. */
  #step(call: Call): boolean {
    call.state = 'running';
    this.#current = call;
    try {
      return this.#program.machine.run((results) => this.#handle(call, results));
    } finally {
      this.#current = null;
      this.#tellFiles();
    }
  }

  #handle(call: Call, results: LuaValues): boolean {
    switch (results.number(1)) {
      case OPERATION.done:
        this.#whole(call, results.number(2), this.#headers(results.text(3)), results.bytes(4));
        return call.finished;
      case OPERATION.stream:
        this.#head(call, results.number(2), this.#headers(results.text(3)), results.bytes(4), false);
        return true;
      case OPERATION.piece:
        call.unsent = Buffer.from(results.bytes(2));
        return true;
      case OPERATION.end:
        this.#end(call);
        this.#send([MessageType.END, call.id]);
        return false;
      case OPERATION.sleep: {
        call.output.flush();
        call.state = 'sleeping';
        const ms = Math.min(results.number(2) * 1000, MAX_TIMER_MS);
        call.timer = setTimeout(
          this.#later(() => this.#resume(call)),
          ms,
        );
        return false;
      }
      case OPERATION.proxy: {
        const directive = JSON.parse(results.text(2)) as Record<string, unknown>;
        if (!results.isNil(3)) directive.body = Buffer.from(results.bytes(3));
        this.#end(call);
        this.#send([MessageType.PROXY, call.id, directive]);
        return false;
      }
      default:
        this.#failed(call, results);
        return false;
    }
  }

  #whole(call: Call, status: number, headers: readonly string[], body: Buffer): void {
    const room = this.#spec.max_frame - FRAME_HEADROOM_BYTES;
    if (body.length <= room) {
      this.#head(call, status, headers, body, true);
      return;
    }
    this.#head(call, status, headers, body.subarray(0, room), false);
    call.unsent = Buffer.from(body.subarray(room));
    call.finished = true;
  }

  /** `name\nvalue\nname\nvalue` as a list. */
  #headers(text: string): readonly string[] {
    if (text !== this.#lastHeaderText) {
      this.#lastHeaderText = text;
      this.#lastHeaders = text === '' ? [] : text.split('\n');
    }
    return this.#lastHeaders;
  }

  #head(call: Call, status: number, headers: readonly string[], body: Buffer, end: boolean): void {
    if (end) this.#end(call);
    else call.output.flush();
    // What the encoder does not copy must be copied here: the memory of Lua is about to change.
    const bytes = body.length < KEPT_BYTES ? body : Buffer.from(body);
    this.#send([MessageType.HEAD, call.id, status, headers, end ? HEAD_END : 0, bytes]);
  }

  #sendUnsent(call: Call): number {
    const piece = call.unsent;
    if (piece === null) return 0;
    let at = 0;
    while (at < piece.length && call.credit > 0) {
      const size = Math.min(CHUNK_BYTES, call.credit, piece.length - at);
      this.#send([MessageType.CHUNK, call.id, piece.subarray(at, at + size)]);
      call.credit -= size;
      at += size;
    }
    call.unsent = at < piece.length ? piece.subarray(at) : null;
    return at;
  }

  #failed(call: Call, results: LuaValues): void {
    const code = results.text(2) as CallErrorCode;
    if (code === 'invalid_response') {
      this.#error(call, code, results.text(3), null);
      return;
    }
    const { debug, text } = readFailure(results, 3, (path) => this.#program.absolute(path));
    if (this.#program.machine.exhausted && debug.message?.includes(NO_MEMORY)) {
      throw new MemoryExhausted(`${this.#spec.entry} needs more than its ${this.#program.memoryMb} MiB.`);
    }
    call.output.write(2, Buffer.from(`${text}\n`));
    this.#error(call, 'handler_error', 'The handler raised an error.', debug);
  }

  #error(call: Call, code: CallErrorCode, message: string, debug: DebugInfo | null): void {
    this.#end(call);
    this.#send([MessageType.ERROR, call.id, code, message, debug]);
  }

  #credit(id: number, bytes: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    call.credit = Math.min(CREDIT_WINDOW_BYTES, call.credit + bytes);
    if (call.state !== 'blocked') return;
    this.#sendUnsent(call);
    if (this.#mayGoOn(call)) this.#goOnLater(call);
  }

  /** Between two stretches a call can be ended; in the middle of one nobody listens, and the pool ends the worker. */
  #cancel(id: number, reason: CancelReason): void {
    if (this.#incomplete.delete(id)) {
      this.#send([MessageType.ERROR, id, 'canceled', 'The call was canceled.', null]);
      return;
    }
    const call = this.#calls.get(id);
    if (call === undefined || call.canceled !== null) return;
    call.canceled = reason;
    if (!call.finished) this.#closeInLua(call);
    this.#error(call, 'canceled', 'The call was canceled.', null);
  }

  #closeInLua(call: Call): void {
    const { machine } = this.#program;
    this.#current = call;
    try {
      machine.prepare(LUA.cancel);
      machine.pushNumber(call.id);
      machine.run(() => undefined);
    } finally {
      this.#current = null;
    }
  }

  /** Before its terminal message. */
  #end(call: Call): void {
    this.#calls.delete(call.id);
    if (call.timer !== null) {
      clearTimeout(call.timer as NodeJS.Timeout);
      clearImmediate(call.timer as NodeJS.Immediate);
    }
    call.output.end();
  }

  #tellFiles(): void {
    const { fileCount } = this.#program;
    if (fileCount === this.#filesTold) return;
    this.#send([MessageType.FILES, this.#program.files.slice(this.#filesTold)]);
    this.#filesTold = fileCount;
  }
}

/** The longest that a timer of Node can wait. */
const MAX_TIMER_MS = 2_147_483_647;
