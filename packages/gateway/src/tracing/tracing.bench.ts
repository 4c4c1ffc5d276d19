import type { IncomingMessage, ServerResponse } from 'node:http';
import { bench, describe } from 'vitest';
import type { Gateway } from '../options.js';
import { createGateway } from '../server.js';
import { claimsOf, fakeInvoker, INFO, makeSnapshot, readyBackend } from '../test-support.js';
import { openTracing } from './open-tracing.js';

/** What tracing adds to a request, from the first station of the chain to the last, without a network. */
function gateway(): Gateway {
  const made = createGateway({
    invoker: fakeInvoker((_, sink) => {
      sink.onHead(200, ['Content-Type', 'text/plain'], null, true, INFO);
      return undefined;
    }),
    logger: { log() {}, output() {} },
    mode: 'run',
    backend: readyBackend,
    trustedProxies: [],
    docsEnabled: true,
    adminApiEnabled: true,
    publicBaseUrl: null,
    homeFunction: null,
    homeRedirect: null,
    maxAssetBytes: 0,
  });
  made.swap(makeSnapshot(claimsOf({ 'GET /users/:id': {} })));
  return made;
}

const socket = { remoteAddress: '127.0.0.1', once() {}, destroyed: true, setTimeout() {} };
const res = { writeHead() {}, end() {}, once() {}, on() {} } as unknown as ServerResponse;

function request(headers: Record<string, string>): IncomingMessage {
  return {
    method: 'GET',
    url: '/users/7?a=1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers: { host: 'a', ...headers },
    socket,
    on() {},
    once() {},
    resume() {},
  } as unknown as IncomingMessage;
}

const plain = request({});
const traced = request({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
const off = gateway();
const on = gateway();
// The API without an SDK: what a registered provider that samples nothing costs.
on.traceWith(await openTracing());

/** Rounds of many, so that what else the machine does shows in the maximum and not in the median. */
const ROUND = 1000;
const requests = (target: Gateway, req: IncomingMessage) => () => {
  for (let i = 0; i < ROUND; i++) target.handle(req, res);
};
// All ways are hot before the first is measured.
for (let i = 0; i < 20; i++)
  for (const warm of [requests(off, plain), requests(off, traced), requests(on, plain)]) warm();

describe(`${ROUND} requests through the chain`, () => {
  bench('tracing off', requests(off, plain));
  bench('tracing off, the caller has a trace', requests(off, traced));
  bench('a provider that records nothing', requests(on, plain));
});
