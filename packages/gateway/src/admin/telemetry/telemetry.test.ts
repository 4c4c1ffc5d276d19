import { silentLogger } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import type { RequestRecord } from '../../options.js';
import { startGateway } from '../../test-support.js';
import { families } from '../metrics/families.js';
import { accessEntry, formatEntry, partsOf } from './log-entry.js';
import { BUCKETS, RequestStats } from './request-stats.js';
import { Ring } from './ring.js';
import { LOG_CAPACITY, Telemetry } from './telemetry.js';

const record = (over: Partial<RequestRecord> = {}): RequestRecord => ({
  method: 'GET',
  path: '/x',
  route: '/x',
  status: 200,
  durationMs: 1.25,
  fn: 'node/x@default',
  runtime: 'node',
  state: 'warm',
  bytes: 3,
  requestId: 'r1',
  clientIp: '1.2.3.4',
  traceId: null,
  errorCode: null,
  ...over,
});

test.each([
  [0, []],
  [2, [0, 1]],
  [3, [0, 1, 2]],
  [5, [2, 3, 4]],
  [7, [4, 5, 6]],
])('a ring of three after %i items', (count, kept) => {
  const ring = new Ring<number>(3);
  for (let i = 0; i < count; i++) ring.push(i);
  expect(ring.toArray()).toEqual(kept);
});

describe('request counts', () => {
  test('by function, class of status and duration', () => {
    const stats = new RequestStats();
    stats.add(record());
    stats.add(record({ durationMs: 60_000 }));
    stats.add(record({ status: 503 }));
    stats.add(record({ fn: null, status: 404 }));
    const series = stats.series();
    expect(series.map(({ fn, status, count }) => [fn, status, count])).toEqual([
      ['node/x@default', '2xx', 2],
      ['node/x@default', '5xx', 1],
      ['none', '4xx', 1],
    ]);
    expect(series[0]!.sum).toBeCloseTo(60.00125);
    expect(series[0]!.buckets[BUCKETS.indexOf(0.0025)]).toBe(1);
    expect(series[0]!.buckets[BUCKETS.length]).toBe(1);
  });

  test('of a bounded number of functions', () => {
    const stats = new RequestStats();
    for (let i = 0; i < 10_050; i++) stats.add(record({ fn: `node/${i}@default` }));
    expect(stats.series().length).toBeLessThanOrEqual(10_001);
    expect(stats.series().reduce((sum, { count }) => sum + count, 0)).toBe(10_050);
  });

  test('histograms are cumulative', () => {
    const stats = new RequestStats();
    for (const durationMs of [0.5, 0.5, 30]) stats.add(record({ durationMs }));
    const all = families({
      requests: stats.series(),
      pool: { runtimes: {}, functions: [] },
      counters: { coldStarts: 0, crashes: 0, timeouts: 0 },
      reloads: 0,
      jobs: null,
      uptime: 0,
      memory: {},
    });
    const { values } = all.find(({ type }) => type === 'histogram')!;
    expect(values.map(({ value }) => value)).toEqual([2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0.031, 3]);
  });
});

describe('logs', () => {
  test('keep the last lines, each of them short', () => {
    const telemetry = new Telemetry();
    const logger = telemetry.logger(silentLogger);
    for (let i = 0; i < LOG_CAPACITY + 5; i++) logger.log('info', `line ${i}`);
    logger.log('warn', 'x'.repeat(10_000), { fn: 'python/a/b@v2', request_id: 'r' });
    const entries = telemetry.logs('error');
    expect(entries).toHaveLength(LOG_CAPACITY);
    expect(entries[0]!.message).toBe('line 6');
    expect(entries.at(-1)).toMatchObject({
      level: 'warn',
      runtime: 'python',
      fn: 'a/b',
      version: 'v2',
      request_id: 'r',
    });
    expect(entries.at(-1)!.message).toHaveLength(4000);
  });

  test('output is split into lines', () => {
    const telemetry = new Telemetry();
    const source = { runtime: 'node', name: 'x', version: 'default', stream: 'stderr', requestId: null } as const;
    telemetry.logger(silentLogger).output(source, 'a\r\nb\n');
    expect(telemetry.logs('runtime').map(({ message, stream }) => [message, stream])).toEqual([
      ['a', 'stderr'],
      ['b', 'stderr'],
    ]);
  });

  test('a request is one line, whatever its path holds', () => {
    const entry = accessEntry({ ts: 0, record: record({ path: '/a\r\nb c', status: 500, errorCode: 'timeout' }) });
    expect(formatEntry(entry)).toBe(
      '1970-01-01T00:00:00.000Z error 1.2.3.4 GET /a%0D%0Ab%20c 500 3 1.3ms node/x@default timeout',
    );
  });

  test.each([
    ['node/users/[id].js@default', { runtime: 'node', fn: 'users/[id].js', version: 'default' }],
    ['python/a@b@v2', { runtime: 'python', fn: 'a@b', version: 'v2' }],
    ['nonsense', { runtime: null, fn: null, version: null }],
    [null, { runtime: null, fn: null, version: null }],
  ])('partsOf(%j)', (key, parts) => expect(partsOf(key)).toEqual(parts));
});

describe('streams', () => {
  test('are bounded, end with the gateway, and let go of clients that leave', async () => {
    const telemetry = new Telemetry();
    const app = await startGateway({ telemetry });
    const sockets = await Promise.all(Array.from({ length: 100 }, () => app.connect()));
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('data', resolve);
            socket.write('GET /_fn/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
          }),
      ),
    );
    expect((await app.fetch('/_fn/events')).status).toBe(429);
    const ended = Promise.all(
      sockets.slice(1).map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    const freed = new Promise<void>((resolve) => {
      const look = () => (app.records.some(({ status }) => status === 499) ? resolve() : setImmediate(look));
      look();
    });
    sockets[0]!.destroy();
    await freed;
    expect((await app.fetch('/_fn/events', { method: 'HEAD' })).status).toBe(200);
    for (const socket of sockets.slice(1)) socket.resume();
    await app.gateway.close({ drainMs: 10_000 });
    await ended;
  });

  test('a client that does not read is let go', async () => {
    const telemetry = new Telemetry();
    const app = await startGateway({ telemetry });
    const socket = await app.connect();
    socket.write('GET /_fn/logs?follow=1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const logger = telemetry.logger(silentLogger);
    for (let i = 0; app.records.length === 0 && i < 100_000; i++) {
      logger.log('info', 'x'.repeat(4000));
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    expect(app.records).toMatchObject([{ path: '/_fn/logs', status: 200 }]);
    socket.destroy();
  });
});
