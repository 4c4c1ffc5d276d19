import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { eventually, tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCli } from './support/cli.js';
import { eventFunctions, floodFunctions, peakMemory, StreamClient } from './support/streams.js';

const HELLO = { 'hello.js': `export const handler = () => 'hello';` };

async function serve(files: Record<string, string | object>) {
  const texts = Object.entries({ ...HELLO, ...files }).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  const { root } = tree(Object.fromEntries(texts));
  const server = await startCli(['run', '.'], root);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  const json = async (path: string, init?: RequestInit) =>
    (await (await fetch(server.url + path, init)).json()) as Record<string, number>;
  return { url: server.url, pid: server.child.pid!, json };
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function open(count: number, make: () => StreamClient): StreamClient[] {
  const clients = Array.from({ length: count }, make);
  onTestFinished(() => {
    for (const client of clients) client.vanish();
  });
  return clients;
}

const languages = Object.keys(eventFunctions).filter((language) => language !== 'go' || isInstalled('go'));

describe.each(languages)('an event stream in %s', (language) => {
  it('brings every event to each of 200 clients in order, and ends for those that vanish', {
    timeout: 90_000,
  }, async () => {
    const app = await serve(eventFunctions[language]!);
    const listeners = async () => (await app.json('/events?listeners')).listeners;
    // The first call of a Go function may still be building.
    await eventually(async () => (await listeners()) === 0, 60_000);
    const clients = open(200, () => new StreamClient(app.url, '/events'));
    await eventually(async () => (await listeners()) === 200, 30_000);

    const sent = Array.from({ length: 20 }, (_, i) => `event ${i}`);
    for (const body of sent) {
      expect(await app.json('/events', { method: 'POST', body })).toEqual({ listeners: 200 });
      expect(await (await fetch(`${app.url}/hello`)).text()).toBe('hello');
    }
    await eventually(() => clients.every(({ events }) => events.length === sent.length), 30_000);
    for (const { events } of clients) expect(events).toEqual(sent);

    for (const client of clients.slice(0, 150)) client.vanish();
    await eventually(async () => (await listeners()) === 50, 30_000);
    await app.json('/events', { method: 'POST', body: 'to those who stayed' });
    await eventually(() => clients.slice(150).every(({ events }) => events.at(-1) === 'to those who stayed'), 30_000);
    for (const client of clients) client.vanish();
    await eventually(async () => (await listeners()) === 0, 30_000);
  });
});

describe.each(Object.keys(floodFunctions(1)))('readers of a stream in %s that stop reading', (language) => {
  const files = (timeoutMs: number) => floodFunctions(timeoutMs)[language]!;

  it('make the handler wait, in bounded memory; others go on', { timeout: 90_000 }, async () => {
    const app = await serve(files(120_000));
    expect(await app.json('/flood?given')).toEqual({ given: 0, running: 0 });
    const before = peakMemory(app.pid);
    const readers = open(50, () => new StreamClient(app.url, '/flood', true));
    await eventually(() => readers.every(({ bytes }) => bytes > 0), 30_000);
    let last = -1;
    const given = await eventually(async () => {
      const { given } = await app.json('/flood?given');
      const still = given === last;
      last = given!;
      // Two looks at a moment in which nothing moves could both come between two pieces of a busy machine.
      await new Promise((resolve) => setImmediate(resolve));
      return still && given;
    }, 30_000);
    // A megabyte for each reader is many times the window of flow control; the kernel's buffers are not ours.
    expect(peakMemory(app.pid) - before).toBeLessThan(50 + 64);
    expect(await (await fetch(`${app.url}/hello`)).text()).toBe('hello');

    readers[0]!.resume();
    await eventually(async () => (await app.json('/flood?given')).given! > given!, 30_000);
  });

  it('are cut off at timeout_ms, and their handlers ended', { timeout: 60_000 }, async () => {
    const app = await serve(files(3_000));
    const readers = open(20, () => new StreamClient(app.url, '/flood', true));
    await eventually(async () => (await app.json('/flood?given')).running === 20, 20_000);
    await eventually(async () => (await app.json('/flood?given')).running === 0, 20_000);
    for (const reader of readers) reader.resume();
    await eventually(() => readers.every(({ closed }) => closed), 20_000);
  });
});

describe('large bodies', () => {
  const MIB = 2 ** 20;
  const handlers = {
    node: {
      'echo/handler.js': `export const handler = ({ raw_body }) => ({ body: raw_body });`,
      'down/handler.js': `async function* pieces() { for (let i = 0; i < 2048; i++) yield Buffer.alloc(65536, i); }
export const handler = () => pieces();`,
    },
    python: {
      'echo/handler.py': `def handler(event):\n    return event["raw_body"]\n`,
      'down/handler.py': `def handler(event):\n    for i in range(2048):\n        yield bytes([i % 256]) * 65536\n`,
    },
  };
  const config = { max_body_bytes: 32 * MIB, invoke: { methods: ['GET', 'POST'] } };

  it.each(Object.keys(handlers))(
    'of 32 MiB go through a %s function byte for byte',
    { timeout: 60_000 },
    async (language) => {
      const app = await serve({ ...handlers[language as 'node' | 'python'], 'echo/fn.config.json': config });
      const body = Buffer.alloc(32 * MIB);
      for (let i = 0; i < body.length; i += 4) body.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
      const answer = await fetch(`${app.url}/echo`, { method: 'POST', body });
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
      const over = await fetch(`${app.url}/echo`, { method: 'POST', body: Buffer.concat([body, Buffer.from('x')]) });
      expect([over.status, await over.json()]).toEqual([413, expect.objectContaining({ code: 'payload_too_large' })]);
    },
  );

  it.each(Object.keys(handlers))(
    'of 128 MiB stream out of a %s function in little memory',
    { timeout: 60_000 },
    async (language) => {
      const app = await serve(handlers[language as 'node' | 'python']);
      await fetch(`${app.url}/hello`);
      const before = peakMemory(app.pid);
      const hash = createHash('sha1');
      let bytes = 0;
      for await (const part of (await fetch(`${app.url}/down`)).body!) {
        hash.update(part);
        bytes += part.length;
      }
      const wanted = createHash('sha1');
      for (let i = 0; i < 2048; i++) wanted.update(Buffer.alloc(65_536, i));
      expect(bytes).toBe(128 * MIB);
      expect(hash.digest('hex')).toBe(wanted.digest('hex'));
      // Half the body: far above what is in flight, far below keeping it.
      expect(peakMemory(app.pid) - before).toBeLessThan(64);
    },
  );
});
