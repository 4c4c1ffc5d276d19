/**
 * Handlers of the scenarios about streams and large bodies. `events`: GET is an event stream, POST sends its body to all
 * of them, GET ?listeners tells how many there are. `flood`: a body without end, ?given tells what was taken of it.
 */

const limits = { timeout_ms: 600_000, invoke: { methods: ['GET', 'POST'] } };

const eventsJs = `const listeners = new Set();

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

const eventsPy = `import asyncio

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

const eventsGo = `package main

import (
	"context"
	"sync"
)

var (
	guard     sync.Mutex
	listeners = map[chan string]bool{}
)

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
	waiting := make(chan string, 1000)
	listeners[waiting] = true
	pieces := make(chan string)
	go func() {
		defer close(pieces)
		defer func() {
			guard.Lock()
			defer guard.Unlock()
			delete(listeners, waiting)
		}()
		piece := ": welcome\\n\\n"
		for {
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
	}()
	return map[string]any{"headers": map[string]any{"content-type": "text/event-stream"}, "body": pieces}
}
`;

/** Folders for `fastfn run`, each with another function, \`/hello\`, beside. @type {Record<string, Record<string, string | object>>} */
export const EVENTS = {
  node: { 'events/handler.js': eventsJs, 'events/fn.config.json': limits },
  python: { 'events/handler.py': eventsPy, 'events/fn.config.json': limits },
  go: { 'events/handler.go': eventsGo, 'events/fn.config.json': limits },
};

/** Bytes of one piece of a flood. */
export const FLOOD_PIECE_BYTES = 16_384;

const floodJs = `const piece = Buffer.alloc(${FLOOD_PIECE_BYTES}, 'x');
let given = 0;
let running = 0;

async function* flood() {
  running++;
  try {
    for (;;) {
      given++;
      yield piece;
    }
  } finally {
    running--;
  }
}

export const handler = ({ query }) =>
  'given' in query ? { given, running } : { headers: { 'content-type': 'application/octet-stream' }, body: flood() };
`;

const floodPy = `PIECE = b"x" * ${FLOOD_PIECE_BYTES}
given = 0
running = 0


async def flood():
    global given, running
    running += 1
    try:
        while True:
            given += 1
            yield PIECE
    finally:
        running -= 1


async def handler(event):
    if "given" in event["query"]:
        return {"given": given, "running": running}
    return {"headers": {"content-type": "application/octet-stream"}, "body": flood()}
`;

/** @param {number} timeoutMs after which a reader that stands still is cut off @returns {Record<string, Record<string, string | object>>} */
export function flood(timeoutMs) {
  const config = { timeout_ms: timeoutMs };
  return {
    node: { 'flood/handler.js': floodJs, 'flood/fn.config.json': config },
    python: { 'flood/handler.py': floodPy, 'flood/fn.config.json': config },
  };
}

/** Up: how many bytes came. Echo: those. Down: so many, whole or as a stream of 64 KiB. */
const bodiesJs = `const piece = Buffer.alloc(65_536, 'x');

async function* pieces(bytes) {
  for (let left = bytes; left > 0; left -= piece.length) yield left >= piece.length ? piece : piece.subarray(0, left);
}

export const handler = ({ path, raw_body, query }) => {
  const headers = { 'content-type': 'application/octet-stream' };
  if (path === '/bodies/up') return { bytes: raw_body.length };
  if (path === '/bodies/echo') return { headers, body: raw_body };
  if (path === '/bodies/down') return { headers, body: Buffer.alloc(Number(query.bytes), 'x') };
  return { headers, body: pieces(Number(query.bytes)) };
};
`;

const bodiesPy = `PIECE = b"x" * 65536


def pieces(left):
    while left > 0:
        yield PIECE[:left]
        left -= len(PIECE)


def handler(event):
    headers = {"content-type": "application/octet-stream"}
    path = event["path"]
    if path == "/bodies/up":
        return {"bytes": len(event["raw_body"])}
    if path == "/bodies/echo":
        return {"headers": headers, "body": event["raw_body"]}
    if path == "/bodies/down":
        return {"headers": headers, "body": b"x" * int(event["query"]["bytes"])}
    return {"headers": headers, "body": pieces(int(event["query"]["bytes"]))}
`;

/** @param {number} maxBodyBytes @returns {Record<string, Record<string, string | object>>} */
export function bodies(maxBodyBytes) {
  const config = {
    max_body_bytes: maxBodyBytes,
    timeout_ms: 300_000,
    invoke: { methods: ['GET', 'POST'], routes: ['/bodies/up', '/bodies/echo', '/bodies/down', '/bodies/stream'] },
  };
  return {
    node: { 'bodies/handler.js': bodiesJs, 'bodies/fn.config.json': config },
    python: { 'bodies/handler.py': bodiesPy, 'bodies/fn.config.json': config },
  };
}
