import { InvalidResponse } from './errors.js';
import { describe } from './json.js';
import { asBytes } from './reply.js';

/** Where the pieces of a streamed body come from. */
export interface Source {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Nobody wants more: ends the producer. May be called while a `next` is pending, and twice. */
  stop(): unknown;
}

/** Something to take pieces from: a stream, an async iterable or a generator; null for any other value. Lists and maps are values. */
export function asSource(value: object): Source | null {
  const candidate = value as Partial<
    ReadableStream & NodeJS.ReadableStream & AsyncIterable<unknown> & Iterator<unknown> & Iterable<unknown>
  >;
  if (typeof candidate.getReader === 'function') {
    const reader = (value as ReadableStream).getReader();
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: () => reader.cancel() };
  }
  if (typeof candidate[Symbol.asyncIterator] === 'function') {
    const iterator = candidate[Symbol.asyncIterator]!();
    const { destroy } = value as { destroy?: unknown };
    // A Node stream's iterator would let a pending read wait on; destroying the stream ends it.
    if (typeof destroy === 'function') return { next: () => iterator.next(), stop: () => destroy.call(value) };
    return { next: () => iterator.next(), stop: () => iterator.return?.() };
  }
  if (typeof candidate.next === 'function' && typeof candidate[Symbol.iterator] === 'function') {
    const iterator = candidate[Symbol.iterator]!();
    return { next: () => iterator.next(), stop: () => iterator.return?.() };
  }
  return null;
}

/**
 * The bytes of one piece.
 * @throws InvalidResponse when it is neither text nor bytes
 */
export function pieceBytes(piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece);
  const bytes = typeof piece === 'object' && piece !== null ? asBytes(piece) : null;
  if (bytes === null)
    throw new InvalidResponse(
      `The handler's stream gave ${describe(piece)}; each piece must be a string or bytes (encode objects, for instance one JSON text a line).`,
    );
  return bytes;
}
