import { expect, test } from 'vitest';
import { Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

test.for([
  ['an async generator', 'async function* () { yield "a"; yield Buffer.from("b"); }', 'text/plain; charset=utf-8'],
  ['a generator', 'function* () { yield "<html>"; yield "x"; }', 'text/html; charset=utf-8'],
  ['a generator of promises', 'function* () { yield Promise.resolve("a"); }', 'text/plain; charset=utf-8'],
  [
    'a web stream',
    '() => new ReadableStream({ start(c) { c.enqueue(new Uint8Array([97])); c.close(); } })',
    'application/octet-stream',
  ],
  ['a node stream', '() => require("node:stream").Readable.from(["a", "b"])', 'text/plain; charset=utf-8'],
  ['an async iterable', '() => ({ async *[Symbol.asyncIterator]() { yield "a"; } })', 'text/plain; charset=utf-8'],
  [
    'an envelope with a stream',
    '() => ({ headers: { "content-type": "text/event-stream" }, body: (async function* () { yield "data: 1\\n\\n"; })() })',
    'text/event-stream',
  ],
  [
    'a web response with a stream',
    '() => new Response(new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("a")); c.close(); } }), { headers: { "content-type": "text/x" } })',
    'text/x',
  ],
  ['an empty stream', 'async function* () {}', 'application/octet-stream'],
] as const)('%s', async ([, handler, type]) => {
  using tree = new Tree({ 'h.cjs': `exports.handler = ${handler};` });
  const worker = await fixture.daemon.worker(tree, 'h.cjs');
  const answer = await worker.answer();
  worker.stop();
  expect(answer.error).toBeNull();
  expect(answer.headers['content-type']).toBe(type);
  // Short and at once: one frame.
  expect(answer.order).toEqual(['HEAD']);
});

test('each piece leaves when it is given', async () => {
  using tree = new Tree({
    'h.mjs':
      'const gates = {}; const gate = (n) => new Promise((r) => { gates[n] = r; }); export const handler = (e) => { if (e.query.open) { gates[e.query.open](); return "ok"; } return (async function* () { await gate(1); yield "one"; await gate(2); yield "two"; await gate(3); })(); };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const call = worker.call();
  await call.head;
  await worker.answer({ query: ['open', '1'] });
  expect(await call.pieces.next()).toBe('one');
  await worker.answer({ query: ['open', '2'] });
  expect(await call.pieces.next()).toBe('two');
  await worker.answer({ query: ['open', '3'] });
  expect(await call.answer).toMatchObject({ order: ['HEAD', 'CHUNK', 'CHUNK', 'END'], text: 'onetwo' });
  worker.stop();
});

test('small pieces of one turn share a frame; a buffer may be used again for the next', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = async function* () { yield "head"; await new Promise((r) => setTimeout(r, 20)); const b = Buffer.alloc(1000); for (let i = 0; i < 200; i++) yield b.fill(i); };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const answer = await worker.answer();
  worker.stop();
  expect(answer.body.subarray(4).equals(Buffer.from(Array.from({ length: 200_000 }, (_, i) => i / 1000)))).toBe(true);
  // 65 pieces fill a frame; how many turns it takes depends on how fast we read.
  expect(answer.frames.length).toBeLessThan(20);
});

test('what came before a failure in the same turn still leaves', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = async function* () { yield "a"; await new Promise((r) => setTimeout(r, 20)); yield "b"; throw new Error("boom"); };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const answer = await worker.answer();
  worker.stop();
  expect(answer).toMatchObject({ text: 'ab', error: { debug: { message: 'boom' } } });
});

test('without credit the handler’s stream is not pulled', async () => {
  using tree = new Tree({
    'h.mjs':
      'let given = 0; export const handler = (e) => e.path === "/given" ? String(given) : (function* () { for (let i = 0; i < 100; i++) { given++; yield Buffer.alloc(50_000, i); } })();',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const call = worker.call({ holdCredit: true });
  await call.head;
  // The answer to this comes after everything that the stream could send.
  const given = async (): Promise<number> => Number((await worker.answer({ path: '/given' })).text);
  let before = -1;
  for (let now = await given(); now !== before; now = await given()) before = now;
  expect(before).toBeLessThan(12);
  // What came in the head needs no credit.
  expect(call.received - 100_000).toBeLessThanOrEqual(262_144);
  call.release();
  const answer = await call.answer;
  worker.stop();
  expect(answer.body.length).toBe(5_000_000);
  expect(Math.max(...answer.frames)).toBeLessThanOrEqual(65_536);
});

test('a body larger than a frame is cut, byte for byte', async () => {
  using tree = new Tree({ 'h.mjs': 'export const handler = (e) => Buffer.concat([e.raw_body, e.raw_body]);' });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { max_frame: 200_000 });
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const answer = await worker.answer({ method: 'POST', body, parts: 4 });
  worker.stop();
  expect(answer.body.equals(Buffer.concat([body, body]))).toBe(true);
  expect(answer.order.at(-1)).toBe('END');
});

test('a stream that fails midway is broken off', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = async function* () { yield "a"; await new Promise((r) => setTimeout(r, 20)); throw new Error("boom"); };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const answer = await worker.answer();
  worker.stop();
  expect(answer).toMatchObject({
    text: 'a',
    status: 200,
    error: { code: 'handler_error', debug: { message: 'boom', line: 1 } },
  });
  expect(answer.order.filter((name) => name !== 'OUTPUT')).toEqual(['HEAD', 'ERROR']);
});

const ENDLESS = 'const forever = () => new Promise((r) => setTimeout(r, 5));';

test.for([
  [
    'an async generator',
    'async function* () { try { for (;;) { yield "x"; await forever(); } } finally { ended.push("finally"); } }',
  ],
  [
    'a generator waiting for credit',
    'function* () { try { for (;;) yield "x".repeat(60_000); } finally { ended.push("finally"); } }',
  ],
  [
    'a web stream',
    '() => new ReadableStream({ async pull(c) { await forever(); c.enqueue(new Uint8Array(9)); }, cancel() { ended.push("finally"); } })',
  ],
  [
    'a node stream that waits',
    '() => new (require("node:stream").Readable)({ read() {}, destroy(e, done) { ended.push("finally"); done(); } })',
  ],
  [
    'a web response',
    '() => new Response(new ReadableStream({ async pull(c) { await forever(); c.enqueue(new Uint8Array(9)); }, cancel() { ended.push("finally"); } }))',
  ],
] as const)('cancel ends %s, and says when it ended', async ([, handler]) => {
  using tree = new Tree({
    'h.cjs': `const ended = []; ${ENDLESS} const stream = ${handler}; exports.handler = (e) => e.path === "/ended" ? ended : stream();`,
  });
  const worker = await fixture.daemon.worker(tree, 'h.cjs');
  const call = worker.call({ holdCredit: true });
  await call.head;
  call.cancel();
  expect((await call.answer).error).toMatchObject({ code: 'canceled' });
  expect(JSON.parse((await worker.answer({ path: '/ended' })).text)).toEqual(['finally']);
  worker.stop();
});

test('a handler hears of a cancel through event.signal, and its slot is taken until it ends', async () => {
  using tree = new Tree({
    'h.mjs': `
      const seen = [];
      let release;
      export const handler = async (e) => {
        if (e.path === '/seen') return seen;
        if (e.path === '/release') return release();
        e.signal.addEventListener('abort', () => seen.push(e.signal.reason.name, e.signal.reason.message));
        await new Promise((resolve) => { release = resolve; });
      };`,
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const call = worker.call();
  call.cancel('timeout');
  let ended = false;
  void call.answer.then(() => {
    ended = true;
  });
  const seen = await worker.answer({ path: '/seen' });
  expect(JSON.parse(seen.text)).toEqual(['AbortError', 'The call was stopped: its deadline passed.']);
  expect(ended).toBe(false);
  await worker.answer({ path: '/release' });
  expect((await call.answer).error).toMatchObject({ code: 'canceled' });
  worker.stop();
});

test('the gateway going away cancels its calls', async () => {
  using tree = new Tree({
    'h.mjs':
      'const seen = []; export const handler = async (e) => { if (e.path === "/seen") { while (seen.length === 0) await new Promise((r) => setTimeout(r, 5)); return seen; } await new Promise((r) => e.signal.addEventListener("abort", r)); seen.push(e.signal.reason.message); };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const other = await (await import('./client.js')).TestWorker.connect(
    fixture.daemon,
    worker.name,
    worker.pid,
    worker.spec,
  );
  void worker.call();
  await worker.connection.drained();
  await worker.connection.close();
  expect(JSON.parse((await other.answer({ path: '/seen' })).text)).toEqual(['The call was stopped: the client left.']);
  other.stop();
});

test('credit, input and cancel of unknown calls are ignored', async () => {
  using tree = new Tree({ 'h.mjs': 'export const handler = () => "ok";' });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  worker.connection.send([23, 99, 10]);
  worker.connection.send([22, 99, 'timeout']);
  worker.connection.send([21, 99, Buffer.from('x'), true]);
  expect((await worker.answer()).text).toBe('ok');
  worker.stop();
});

test('a call canceled while its body comes is not made', async () => {
  using tree = new Tree({ 'h.mjs': 'let calls = 0; export const handler = () => String(++calls);' });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  worker.connection.send([
    20,
    50,
    'r',
    'POST',
    '/',
    '/',
    [],
    [],
    '',
    '',
    Date.now(),
    1000,
    null,
    null,
    1,
    Buffer.from('a'),
  ]);
  worker.connection.send([22, 50, 'client_closed']);
  worker.connection.send([21, 50, Buffer.from('b'), true]);
  expect((await worker.answer()).text).toBe('1');
  worker.stop();
});
