import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

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

const config = { timeout_ms: 120_000, invoke: { methods: ['GET', 'POST'] } };

const node = `const listeners = new Set();
async function* subscribe(signal) {
  const waiting = [];
  let wake = () => {};
  const listener = (event) => { waiting.push(event); wake(); };
  listeners.add(listener);
  signal.addEventListener('abort', () => wake());
  try {
    yield ': welcome\\n\\n';
    while (!signal.aborted) {
      while (waiting.length > 0) yield \`data: \${waiting.shift()}\\n\\n\`;
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    listeners.delete(listener);
  }
}
export const handler = ({ method, body, query, signal }) => {
  if (method === 'POST') for (const listener of listeners) listener(body);
  if (method === 'POST' || 'listeners' in query) return { listeners: listeners.size };
  return { headers: { 'content-type': 'text/event-stream' }, body: subscribe(signal) };
};
`;

const python = `import asyncio
listeners = set()

async def subscribe():
    waiting = asyncio.Queue()
    listeners.add(waiting)
    try:
        yield ": welcome\\n\\n"
        while True:
            yield f"data: {await waiting.get()}\\n\\n"
    finally:
        listeners.discard(waiting)

async def handler(event):
    if event["method"] == "POST":
        for waiting in listeners:
            waiting.put_nowait(event["body"])
    if event["method"] == "POST" or "listeners" in event["query"]:
        return {"listeners": len(listeners)}
    return {"headers": {"content-type": "text/event-stream"}, "body": subscribe()}
`;

const go = `package main

import (
	"context"
	"sync"
)

var guard sync.Mutex
var listeners = map[chan string]bool{}

func listen(ctx context.Context, waiting, pieces chan string) {
	defer close(pieces)
	defer func() { guard.Lock(); delete(listeners, waiting); guard.Unlock() }()
	for piece := ": welcome\\n\\n"; ; {
		select {
		case pieces <- piece:
		case <-ctx.Done():
			return
		}
		select {
		case event := <-waiting:
			piece = "data: " + event + "\\n\\n"
		case <-ctx.Done():
			return
		}
	}
}

func handler(ctx context.Context, event map[string]any) any {
	guard.Lock()
	defer guard.Unlock()
	if event["method"] == "POST" {
		for waiting := range listeners {
			waiting <- event["body"].(string)
		}
	}
	if _, asked := event["query"].(map[string]any)["listeners"]; asked || event["method"] == "POST" {
		return map[string]any{"listeners": len(listeners)}
	}
	waiting, pieces := make(chan string, 100), make(chan string)
	listeners[waiting] = true
	go listen(ctx, waiting, pieces)
	return map[string]any{"headers": map[string]any{"content-type": "text/event-stream"}, "body": pieces}
}
`;

/** `/events` of each language: GET is an event stream, POST sends its body to all, GET ?listeners counts them. */
export const eventFunctions: Readonly<Record<string, Record<string, string | object>>> = {
  node: { 'events/handler.js': node, 'events/fn.config.json': config },
  python: { 'events/handler.py': python, 'events/fn.config.json': config },
  go: { 'events/handler.go': go, 'events/fn.config.json': config },
};

const floodJs = `let given = 0;
let running = 0;
async function* flood() {
  running++;
  try { for (;;) { given++; yield Buffer.alloc(16384); } } finally { running--; }
}
export const handler = ({ query }) => 'given' in query ? { given, running } : flood();
`;

const floodPy = `given = running = 0

async def flood():
    global given, running
    running += 1
    try:
        while True:
            given += 1
            yield bytes(16384)
    finally:
        running -= 1

async def handler(event):
    return {"given": given, "running": running} if "given" in event["query"] else flood()
`;

/** `/flood`: a body without end in pieces of 16 KiB; ?given tells how many were taken, and how many bodies run. */
export const floods: Readonly<Record<string, Record<string, string>>> = {
  node: { 'flood/handler.js': floodJs },
  python: { 'flood/handler.py': floodPy },
};
