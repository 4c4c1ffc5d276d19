import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EdgePolicy, Invocation } from '@fastfn/core';
import { expect, onTestFinished, test } from 'vitest';
import { collect, INFO, reply, startGateway } from '../../test-support.js';

test('the function is told when it must be done', async () => {
  const calls: Invocation[] = [];
  const app = await startGateway({
    routes: { 'POST /x': { timeoutMs: 1234 } },
    handler: (call, sink) => {
      calls.push(call);
      return reply(sink, 'ok');
    },
  });
  await app.fetch('/x', { method: 'POST', body: 'hi' });
  expect(calls[0]!.deadline - calls[0]!.ts).toBe(1234);
});

test('time counts from the arrival of the request, not of its body', async () => {
  const calls: Invocation[] = [];
  const app = await startGateway({
    routes: { 'POST /x': { timeoutMs: 60_000 } },
    handler: (call, sink) => {
      calls.push(call);
      return reply(sink, 'ok');
    },
  });
  const socket = await app.connect();
  socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n');
  await once(app.gateway.server, 'request');
  const arrived = Date.now();
  while (Date.now() === arrived) await new Promise((resolve) => setImmediate(resolve));
  socket.write('hi');
  await collect(socket);
  expect(calls[0]!.deadline).toBeLessThanOrEqual(arrived + 60_000);
});

test('an upstream gets what the function left of it', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  await once(silent, 'listening');
  const edge: EdgePolicy = {
    baseUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    allowHosts: [],
    allowPrivate: true,
    maxResponseBytes: 0,
  };
  const app = await startGateway({
    routes: { 'GET /x': { timeoutMs: 100, edge } },
    handler: (_, sink) => {
      sink.onProxy({ path: '/' }, INFO);
      return undefined;
    },
  });
  const answer = await app.fetch('/x');
  expect(answer.status).toBe(504);
  expect(answer.json()).toMatchObject({ code: 'edge_timeout' });
});
