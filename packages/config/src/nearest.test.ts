import { expect, it } from 'vitest';
import { nearestName } from './nearest.js';

const KNOWN = ['timeout_ms', 'max_concurrency', 'name', 'cors', 'force-url'];

it.each([
  ['timeout', 'timeout_ms'],
  ['timeoutMs', 'timeout_ms'],
  ['timout_ms', 'timeout_ms'],
  ['TIMEOUT-MS', 'timeout_ms'],
  ['max_concurency', 'max_concurrency'],
  ['nmae', null],
  ['nam', 'name'],
  ['coars', 'cors'],
  ['force_url', 'force-url'],
  ['something', null],
  ['', null],
])('%s → %s', (written, near) => expect(nearestName(written, KNOWN)).toBe(near));

it('has no answer without known names', () => expect(nearestName('x', [])).toBeNull());
