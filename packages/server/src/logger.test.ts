import type { RequestRecord } from '@fastfn/gateway';
import { expect, it } from 'vitest';
import { createLogger } from './logger.js';

const source = {
  runtime: 'python',
  name: 'users/[id].py',
  version: 'default',
  stream: 'stdout',
  requestId: 'r1',
} as const;

it('pretty: labels what a handler printed, line by line, without control characters', () => {
  const lines: string[] = [];
  const logger = createLogger({ format: 'pretty', level: 'info', write: (line) => lines.push(line) });
  logger.output(source, 'one\r\ntwo\u0007\u001b[2J\n');
  expect(lines).toEqual([
    '[python] [fn:users/[id].py@default stdout] one\n',
    '[python] [fn:users/[id].py@default stdout] two\ufffd\ufffd[2J\n',
  ]);
});

it('json: one object a line', () => {
  const lines: string[] = [];
  const logger = createLogger({ format: 'json', level: 'info', write: (line) => lines.push(line) });
  logger.log('warn', 'careful', { port: 8080 });
  logger.output(source, 'hi\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, message: 'careful', port: 8080 },
    { level: 30, message: 'hi', runtime: 'python', fn: 'users/[id].py', stream: 'stdout', request_id: 'r1' },
  ]);
});

it.each(['pretty', 'json'] as const)('%s: leaves out what is below its level', (format) => {
  const lines: string[] = [];
  const logger = createLogger({ format, level: 'error', write: (line) => lines.push(line) });
  logger.log('info', 'x');
  logger.log('warn', 'x');
  logger.output(source, 'x');
  expect(lines).toEqual([]);
  logger.log('error', 'x');
  expect(lines).toHaveLength(1);
});

const request: RequestRecord = {
  method: 'GET',
  path: '/users/7',
  route: '/users/:id',
  status: 200,
  durationMs: 1.23456,
  fn: 'node/users/[id].js@default',
  runtime: 'node',
  state: 'cold',
  bytes: 12,
  requestId: 'r1',
  clientIp: '10.0.0.9',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  errorCode: null,
};

it.each([
  ['info', {}, 30],
  ['error', {}, 30],
  ['error', { status: 404, errorCode: 'not_found' }, 40],
  ['error', { status: 502 }, 50],
] as const)('json: every request is a line, also at level %s: %j', (level, over, expected) => {
  const lines: string[] = [];
  const logger = createLogger({ format: 'json', level, write: (line) => lines.push(line) });
  logger.access!({ ...request, ...over });
  expect(JSON.parse(lines[0]!)).toEqual({
    level: expected,
    time: expect.any(Number),
    message: 'request',
    request_id: 'r1',
    method: 'GET',
    path: '/users/7',
    route: '/users/:id',
    status: 200,
    duration_ms: 1.23,
    bytes: 12,
    function: 'node/users/[id].js@default',
    runtime: 'node',
    cold: true,
    client_ip: '10.0.0.9',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    error_code: null,
    ...('status' in over && { status: over.status }),
    ...('errorCode' in over && { error_code: over.errorCode }),
  });
});

it('json: what a client chose is quoted', () => {
  const lines: string[] = [];
  const logger = createLogger({ format: 'json', level: 'info', write: (line) => lines.push(line) });
  const path = '/a"b\\c\n\u2028\u0000é\ud800';
  logger.access!({ ...request, path, method: 'QU"ERY' });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ path, method: 'QU"ERY' });
});

it('pretty: requests are shown by whoever started the server', () => {
  expect(createLogger({ format: 'pretty', level: 'info' }).access).toBeNull();
});
