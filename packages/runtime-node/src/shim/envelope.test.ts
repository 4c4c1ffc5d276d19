import { expect, test } from 'vitest';
import { isEnvelope } from './envelope.js';

test.for([
  [{ status: 200 }, true],
  [{ statusCode: 404 }, true],
  [{ status: 999 }, true],
  [{ body: 'x' }, true],
  [{ headers: {} }, true],
  [{ cookies: [] }, true],
  [{ proxy: {} }, true],
  [{ is_base64: true, body_base64: '' }, true],
  [{ status: 'ok', body: 'x' }, true],
  [{}, false],
  [{ status: 'ok' }, false],
  [{ status: 1.5 }, false],
  [{ status: 'success', data: {} }, false],
  [{ status: 200, message: 'x' }, false],
  [{ body: 'x', title: 'y' }, false],
  [{ toString: 1, body: '' }, false],
] as const)('%j: %s', ([value, expected]) => {
  expect(isEnvelope(value)).toBe(expected);
});
