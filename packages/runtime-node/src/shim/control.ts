import type { Readable, Writable } from 'node:stream';
import type { StartSpec } from '@fastfn/protocol';

/**
 * What daemon and worker say over the worker's file descriptor 3: one JSON value a line. The daemon sends one
 * {@link StartSpec}; the worker answers with these. End of file means, on either side, that the other process is gone.
 */
export type WorkerReport =
  /** Its socket accepts connections. */
  | { readonly type: 'listening' }
  /** Its socket could not be made. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** The code is loaded, or failed to: the machine is free for something else. */
  | { readonly type: 'loaded' };

/** Descriptor of the control line in a worker. */
export const CONTROL_FD = 3;

export function writeLine(stream: Writable, value: StartSpec | WorkerReport): void {
  stream.write(`${JSON.stringify(value)}\n`);
}

/** Calls back for each line. Nothing but our own processes writes here, so lines are trusted and unbounded. */
export function readLines<T>(stream: Readable, onLine: (value: T) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(JSON.parse(line) as T);
  });
}
