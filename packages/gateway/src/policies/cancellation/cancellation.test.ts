import { once } from 'node:events';
import { expect, test } from 'vitest';
import { collect, INFO, reply, startGateway } from '../../test-support.js';

test('leaving before the answer cancels the call', async () => {
  const canceled: string[] = [];
  let called: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    called = resolve;
  });
  let stopped: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: () => {
      called();
      return {
        cancel(reason) {
          canceled.push(reason);
          stopped();
        },
      };
    },
  });
  const socket = await app.connect();
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await arrived;
  socket.destroy();
  await told;
  expect(canceled).toEqual(['client_closed']);
  expect(app.records).toMatchObject([{ status: 499, errorCode: 'client_closed' }]);
});

test('closing only the sending half counts as leaving: a FIN is all that most clients send', async () => {
  let stopped: (reason: string) => void = () => {};
  const told = new Promise<string>((resolve) => {
    stopped = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: () => ({ cancel: (reason) => stopped(reason) }),
  });
  const socket = await app.connect();
  socket.end('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await told).toBe('client_closed');
  expect(await collect(socket)).toBe('');
});

test('leaving in the middle of the answer cancels the call', async () => {
  let stopped: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sink.onHead(200, [], Buffer.from('first'), false, INFO);
      return { cancel: () => stopped() };
    },
  });
  const socket = await app.connect();
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await told;
  expect(app.records).toMatchObject([{ status: 499, bytes: 5 }]);
});

test('leaving in the middle of the body never calls the function', async () => {
  let calls = 0;
  const app = await startGateway({
    routes: { 'POST /x': {}, 'GET /y': {} },
    handler: ({ path }, sink) => {
      if (path === '/x') calls++;
      return reply(sink, '');
    },
  });
  const socket = await app.connect();
  socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
  socket.end();
  await collect(socket);
  await app.fetch('/y');
  expect(calls).toBe(0);
});
