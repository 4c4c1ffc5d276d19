import { parentPort, workerData } from 'node:worker_threads';
import {
  DEFAULT_MAX_FRAME_BYTES,
  type Message,
  MessageType,
  type OutputMessage,
  type SandboxReport,
  type StartSpec,
  type ToWorkerMessage,
} from '@fastfn/protocol';
import { FramePort } from '../frame-port.js';
import type { Rehearsed, ThreadData, ThreadFailure, ToThread } from '../thread-messages.js';
import { Engine, MemoryExhausted } from './engine.js';
import { Output } from './output.js';
import { Program } from './program.js';

/**
 * The program of one thread: makes a Lua state, serves a rehearsal, waits to be told which function it serves, loads it and serves.
 * The function takes the place of the rehearsed one without a trace. It may be ended at any moment, in the middle of Lua code.
 */
const port = parentPort!;
const { wasm } = workerData as ThreadData;

const program = new Program(wasm);
let engine: Engine | null = null;

/** Lua has no way out but the functions that it is handed: these check every path. No help of the kernel is needed, or had. */
const SANDBOX: SandboxReport = { level: 'runtime', abi: 0, hides: true, missing: [] };

/** What has waited for so long leaves, though calls of the same batch still run, ms. */
const PATIENCE_MS = 2;

let lastFlush = 0;

const frames = new FramePort(port, DEFAULT_MAX_FRAME_BYTES * 2, (message) => {
  if (message[0] === MessageType.PING) frames.add([MessageType.PONG, message[1]]);
  else engine?.receive(message as ToWorkerMessage);
  if (frames.pendingBytes === 0) return;
  const now = performance.now();
  if (now - lastFlush < PATIENCE_MS) return;
  lastFlush = now;
  frames.flush();
});

function send(message: Message): void {
  frames.add(message);
}

/** Runs something from outside; what it sent leaves in one batch. A state that cannot be used any more ends the thread. */
function enter(action: () => void): void {
  lastFlush = performance.now();
  try {
    action();
  } catch (error) {
    frames.flush();
    const memory = program.machine.exhausted || error instanceof MemoryExhausted;
    const failure: ThreadFailure = {
      failed: (error as Error).message,
      memoryLimitMb: memory ? program.memoryMb : null,
    };
    port.postMessage(failure);
    process.exit(1);
  }
  frames.flush();
}

function later(action: () => void): () => void {
  return () => enter(action);
}

function start(spec: StartSpec): void {
  const since = performance.now();
  const outside = new Output(0, (message: OutputMessage) => send(message));
  program.output = (stream, bytes) => outside.write(stream, bytes);
  const error = program.load(spec);
  outside.flush();
  if (error !== null) {
    send([MessageType.LOAD_ERROR, error]);
    return;
  }
  engine = new Engine({ program, spec, outside, send, later });
  send([
    MessageType.READY,
    {
      pid: process.pid,
      concurrency: 0,
      files: program.files,
      load_ms: performance.now() - since,
      ...(spec.sandbox && { sandbox: SANDBOX }),
    },
  ]);
}

function rehearsed(message: Rehearsed): void {
  engine = null;
  port.postMessage(message);
}

port.on('message', (message: Uint8Array | ToThread) => {
  enter(() => {
    if (message instanceof Uint8Array) frames.receive(message);
    else if ('start' in message) start(message.start);
    else rehearsed(message);
  });
});
