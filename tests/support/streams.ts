import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A raw connection that asks once, keeps or counts what comes, and can stop reading or vanish like a real client. */
export class StreamClient {
  bytes = 0;
  closed = false;
  readonly #events: string[] = [];
  readonly #socket: Socket;
  #rest = '';
  #resumed = false;

  /** @param stalls reads its first bytes, and no more before {@link resume}. */
  constructor(url: string, path: string, stalls = false) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    this.#socket.on('data', (data) => {
      this.bytes += data.length;
      if (!stalls) this.#collect(data.toString('latin1'));
      else if (!this.#resumed) this.#socket.pause();
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Data of the server-sent events so far. */
  get events(): readonly string[] {
    return this.#events;
  }

  resume(): void {
    this.#resumed = true;
    this.#socket.resume();
  }

  vanish(): void {
    this.#socket.destroy();
  }

  #collect(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) if (line.startsWith('data: ')) this.#events.push(line.slice(6));
  }
}

/** Highest memory of a process since its start, MiB. Linux. */
export function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

// Plain JavaScript, like all of benchmarks/: it has no declarations.
const { EVENTS, flood } = await import(
  fileURLToPath(new URL('../../benchmarks/lib/stream-handlers.mjs', import.meta.url))
);

type Sources = Readonly<Record<string, Record<string, string | object>>>;

/** `/events` of each language: GET is an event stream, POST sends its body to all, GET ?listeners counts them. */
export const eventFunctions: Sources = EVENTS;

/** `/flood`: a body without end in pieces of 16 KiB; ?given tells how many were taken, and how many bodies run. */
export const floodFunctions: (timeoutMs: number) => Sources = flood;
