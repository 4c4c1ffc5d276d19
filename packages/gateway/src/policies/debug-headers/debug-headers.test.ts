import { expect, test } from 'vitest';
import { INFO, reply, startGateway } from '../../test-support.js';

test('headers tell how it was served', async () => {
  const app = await startGateway({
    routes: { 'GET /x': { debugHeaders: true, workerPool: { maxWorkers: 3, maxQueue: 6 } } },
    handler: ({ captureOutput }, sink) => {
      expect(captureOutput).toBe(true);
      sink.onOutput?.('stdout', 'hello\nwörld');
      sink.onOutput?.('stderr', 'e'.repeat(9000));
      sink.onHead(200, [], null, true, { ...INFO, state: 'cold', warmed: true, queued: true, socketIndex: 2 });
      return undefined;
    },
  });
  const { headers } = await app.fetch('/x');
  expect(headers).toMatchObject({
    'x-fastfn-function-state': 'cold',
    'x-fastfn-warmed': 'true',
    'x-fastfn-queued': 'true',
    'x-fn-request-id': headers['x-request-id'],
    'x-fn-runtime': 'node',
    'x-fn-function': 'x',
    'x-fn-version': 'default',
    'x-fn-latency-ms': expect.stringMatching(/^\d+\.\d$/),
    'x-fn-worker-pool-max-workers': '3',
    'x-fn-worker-pool-max-queue': '6',
    'x-fn-runtime-routing': 'single',
    'x-fn-runtime-socket-index': '2',
    'x-fn-stdout': 'hello\\nw\\u00f6rld',
    'x-fn-stderr': 'e'.repeat(4096),
  });
});

test('without the switch only the state is told, and nothing is captured', async () => {
  const captured: boolean[] = [];
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: ({ captureOutput }, sink) => {
      captured.push(captureOutput);
      return reply(sink, 'ok');
    },
  });
  const { headers } = await app.fetch('/x');
  expect(captured).toEqual([false]);
  expect(headers['x-fastfn-function-state']).toBe('warm');
  expect(Object.keys(headers).filter((name) => name.startsWith('x-fn-'))).toEqual([]);
});
