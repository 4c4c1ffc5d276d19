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
