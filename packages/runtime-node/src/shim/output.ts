import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Writable } from 'node:stream';
import { type OutputStreamNumber, STDERR, STDOUT } from '@fastfn/protocol';

/** Takes what the code of one call printed. */
export interface OutputTarget {
  /** False: the call is over, and the text belongs to no call. */
  output(stream: OutputStreamNumber, text: string): boolean;
}

/**
 * Puts everything this process prints from JavaScript where it belongs: `console`, `process.stdout`, `process.stderr`
 * and `fs` writes to descriptors 1 and 2. What a call printed goes to that call; the rest, and what native code and
 * child processes write, goes to the real descriptors, which the daemon reads. SPEC §7, "Output".
 *
 * @param current the call whose code is running, if any
 */
export function captureOutput(current: () => OutputTarget | undefined): void {
  const writeSync = fs.writeSync;
  const route = (stream: OutputStreamNumber, chunk: unknown, encoding?: BufferEncoding): void => {
    const target = current();
    if (target?.output(stream, textOf(chunk, encoding))) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Uint8Array);
    let at = 0;
    // The descriptor is a blocking pipe to a daemon that always reads. With the daemon gone so is the reader.
    try {
      while (at < bytes.length) at += writeSync(stream, bytes, at);
    } catch {}
  };

  define('stdout', new CapturedStream(STDOUT, route));
  define('stderr', new CapturedStream(STDERR, route));
  captureDescriptors(route);
}

type Route = (stream: OutputStreamNumber, chunk: unknown, encoding?: BufferEncoding) => void;

function define(name: 'stdout' | 'stderr', stream: Writable): void {
  Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true });
}

function textOf(chunk: unknown, encoding?: BufferEncoding): string {
  if (typeof chunk === 'string')
    return encoding === undefined || encoding === 'utf8' || encoding === 'utf-8'
      ? chunk
      : Buffer.from(chunk, encoding).toString();
  const view = chunk as Uint8Array;
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString();
}

/** Stands for stdout or stderr: a stream like any, but a write is done when it returns. */
class CapturedStream extends Writable {
  readonly fd: OutputStreamNumber;
  readonly isTTY = false;
  readonly #route: Route;

  constructor(fd: OutputStreamNumber, route: Route) {
    super({ decodeStrings: false });
    this.fd = fd;
    this.#route = route;
  }

  /** The stream's own queue would only cost: text goes straight on, in the context of the caller. */
  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof chunk !== 'string' && !ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        `The "chunk" argument must be of type string or an instance of Buffer, TypedArray or DataView. Received ${typeof chunk}`,
      );
    }
    this.#route(this.fd, chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: () => void): void {
    this.#route(this.fd, chunk, encoding);
    callback();
  }

  /** Like the real ones, it cannot be closed. */
  override end(): this {
    return this;
  }

  override destroy(): this {
    return this;
  }
}

/** `fs.writeSync(1, …)` and `fs.write(1, …)` are prints too. */
function captureDescriptors(route: Route): void {
  const { writeSync, write } = fs;
  const isOutput = (fd: unknown): fd is OutputStreamNumber => fd === STDOUT || fd === STDERR;

  fs.writeSync = ((fd: number, ...args: [unknown, ...unknown[]]) => {
    if (!isOutput(fd)) return (writeSync as (...all: unknown[]) => number)(fd, ...args);
    const piece = pieceOf(args);
    route(fd, piece.chunk, piece.encoding);
    return piece.bytes;
  }) as typeof fs.writeSync;

  fs.write = ((fd: number, ...args: [unknown, ...unknown[]]) => {
    if (!isOutput(fd)) return (write as (...all: unknown[]) => void)(fd, ...args);
    const callback = args.at(-1) as (error: null, bytes: number, chunk: unknown) => void;
    const piece = pieceOf(args.slice(0, -1) as [unknown, ...unknown[]]);
    route(fd, piece.chunk, piece.encoding);
    process.nextTick(callback, null, piece.bytes, args[0]);
  }) as typeof fs.write;

  syncBuiltinESMExports();
}

/** The arguments of fs.write after the descriptor: (string, position?, encoding?) or (buffer, offset?, length?) or (buffer, options). */
function pieceOf([chunk, second, third]: [unknown, ...unknown[]]): {
  chunk: unknown;
  encoding?: BufferEncoding;
  bytes: number;
} {
  if (typeof chunk === 'string') {
    const encoding = typeof third === 'string' ? (third as BufferEncoding) : undefined;
    return { chunk, encoding, bytes: Buffer.byteLength(chunk, encoding) };
  }
  if (!ArrayBuffer.isView(chunk))
    throw new TypeError(
      'The "buffer" argument must be of type string or an instance of Buffer, TypedArray or DataView.',
    );
  const options =
    typeof second === 'object' && second !== null
      ? (second as { offset?: number; length?: number })
      : { offset: second as number | undefined, length: third as number | undefined };
  const offset = options.offset ?? 0;
  const length = options.length ?? chunk.byteLength - offset;
  const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).subarray(offset, offset + length);
  return { chunk: view, bytes: view.length };
}
