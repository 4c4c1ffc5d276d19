import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ResponseSink } from '@fastfn/core';
import { expect, onTestFinished, test } from 'vitest';
import { checkPort } from './listen.js';
import { collect, INFO, reply, startGateway } from './test-support.js';

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test('a taken port is a usage error with a way out', async () => {
  const port = await takenPort();
  await expect(checkPort({ host: '127.0.0.1', port })).rejects.toMatchObject({
    name: 'UsageError',
    code: 'port_in_use',
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining('--port'),
  });
  const app = await startGateway();
  await app.gateway.close();
  await expect(checkPort({ host: '127.0.0.1', port: 0 })).resolves.toBeUndefined();
  await expect(checkPort({ host: '203.0.113.1', port: 0 })).rejects.toMatchObject({ code: 'address_unavailable' });
});

test('the URL of a wildcard host can be opened', async () => {
  const app = await startGateway();
  expect(app.url).toBe(`http://127.0.0.1:${app.port}`);
});

test('closing finishes what runs, refuses what is new, and cuts idle connections', async () => {
  const sinks: ResponseSink[] = [];
  let called: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    called = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sinks.push(sink);
      called();
      return undefined;
    },
  });
  const idle = await app.connect();
  const halfSent = await app.connect();
  halfSent.write('GET /x HT');
  const cut = Promise.all([collect(idle), collect(halfSent)]);
  const running = app.fetch('/x', { headers: { Connection: 'keep-alive' } });
  await arrived;
  const closed = app.gateway.close({ drainMs: 10_000 });
  expect(await cut).toEqual(['', '']);
  await expect(app.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  reply(sinks[0]!, 'finished');
  const answer = await running;
  expect(answer.text).toBe('finished');
  expect(answer.headers.connection).toBe('close');
  await closed;
});

test('a request on a kept connection is refused while stopping', async () => {
  const sinks: ResponseSink[] = [];
  let called: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    called = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sinks.push(sink);
      called();
      return undefined;
    },
  });
  const socket = await app.connect();
  const text = collect(socket);
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await arrived;
  sinks[0]!.onHead(200, [], Buffer.from('one'), false, INFO);
  const closed = app.gateway.close({ drainMs: 10_000 });
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (app.records.some(({ errorCode }) => errorCode === 'shutting_down')) resolve();
      else setImmediate(look);
    };
    look();
  });
  sinks[0]!.onEnd();
  await closed;
  expect(await text).toMatch(/one[\s\S]*HTTP\/1\.1 503[\s\S]*shutting_down/);
});

test('a stream that began before the stop ends, and its connection with it', async () => {
  const sinks: ResponseSink[] = [];
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sinks.push(sink);
      sink.onHead(200, [], Buffer.from('one'), false, INFO);
      return undefined;
    },
  });
  const socket = await app.connect();
  const text = collect(socket);
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(app.gateway.server, 'request');
  const closed = app.gateway.close({ drainMs: 10_000 });
  sinks[0]!.onChunk(Buffer.from('two'));
  sinks[0]!.onEnd();
  await closed;
  expect(await text).toMatch(/one[\s\S]*two[\s\S]*0\r\n\r\n$/);
});

test('what does not finish within the drain is answered 503 and canceled', async () => {
  const canceled: string[] = [];
  let called: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    called = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: () => {
      called();
      return { cancel: (reason) => void canceled.push(reason) };
    },
  });
  const running = app.fetch('/x');
  await arrived;
  await app.gateway.close({ drainMs: 1 });
  expect((await running).json()).toMatchObject({ code: 'shutting_down' });
  expect(canceled).toEqual(['canceled']);
});
