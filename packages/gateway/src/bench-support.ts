import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FunctionConfig } from '@fastfn/core';
import type { Gateway } from './options.js';
import { createGateway } from './server.js';
import { claimsOf, fakeInvoker, INFO, makeSnapshot, readyBackend } from './test-support.js';

/** For this package's benchmarks: a request from the first station of the chain to the last, without a network. */

/** One gateway over one route, `GET /users/:id`, for some hosts or for all. */
export function benchGateway(config: FunctionConfig = {}, hosts: readonly string[] = []): Gateway {
  const gateway = createGateway({
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
  const claims = claimsOf({ 'GET /users/:id': config }).map((claim) => ({ ...claim, hosts }));
  gateway.swap(makeSnapshot(claims));
  return gateway;
}

/** Rounds of many, so that what else the machine does shows in the maximum and not in the minimum. */
export const ROUND = 1000;

/** A round of the same request. */
export function requests(gateway: Gateway, headers: Readonly<Record<string, string>> = {}): () => void {
  const socket = { remoteAddress: '127.0.0.1', once() {}, destroyed: true, setTimeout() {} };
  const res = { writeHead() {}, end() {}, once() {}, on() {} } as unknown as ServerResponse;
  const req = {
    method: 'GET',
    url: '/users/7?a=1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers: { host: 'localhost', ...headers },
    socket,
    on() {},
    once() {},
    resume() {},
  } as unknown as IncomingMessage;
  return () => {
    for (let i = 0; i < ROUND; i++) gateway.handle(req, res);
  };
}

/** All ways are hot before the first is measured: else the first pays for the compiler. */
export function heat(ways: readonly (() => void)[]): void {
  for (let i = 0; i < 20; i++) for (const way of ways) way();
}
