import { expect, it } from 'vitest';
import { checkPattern } from './route-pattern.js';

it.each([
  ['/', '/'],
  ['/a', '/a'],
  ['/a/', '/a'],
  ['//a///b//', '/a/b'],
  ['/API/Profile', '/API/Profile'],
  ['/a/:id', '/a/:id'],
  ['/a/:id/b/:name', '/a/:id/b/:name'],
  ['/a/*', '/a/*'],
  ['/a/:rest*', '/a/:rest*'],
  ['/*', '/*'],
  ['/hello@v2', '/hello@v2'],
  ['/.well-known/x.json', '/.well-known/x.json'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['/_fnord', '/_fnord'],
  ['/consoles', '/consoles'],
])('%s is %s', (text, pattern) => {
  expect(checkPattern(text)).toEqual({ ok: true, pattern });
});

it.each([
  ['', 'invalid_route'],
  ['a', 'invalid_route'],
  ['*', 'invalid_route'],
  ['https://example.com/a', 'invalid_route'],
  ['/a b', 'invalid_route'],
  ['/a\n', 'invalid_route'],
  ['/a?x=1', 'invalid_route'],
  ['/a#x', 'invalid_route'],
  ['/a\\b', 'invalid_route'],
  ['/a/../b', 'invalid_route'],
  ['/a/./b', 'invalid_route'],
  ['/a/*/b', 'invalid_route'],
  ['/a/:x*/b', 'invalid_route'],
  ['/a*', 'invalid_route'],
  ['/a/:', 'invalid_route'],
  ['/a/:b-c', 'invalid_route'],
  ['/a:b', 'invalid_route'],
  ['/{id}', 'invalid_route'],
  ['/[id]', 'invalid_route'],
  ['/:id/:id', 'invalid_route'],
  ['/:wildcard/*', 'invalid_route'],
  ['/_fn', 'reserved_route'],
  ['/_fn/health', 'reserved_route'],
  ['//_FN//x', 'reserved_route'],
  ['/console', 'reserved_route'],
  ['/Console/x', 'reserved_route'],
])('%j is refused: %s', (text, code) => {
  expect(checkPattern(text)).toMatchObject({ ok: false, code, reason: expect.stringMatching(/\S/) });
});
