import { expect, it } from 'vitest';
import { sandboxHint } from './hint.js';

it.each([
  ['EACCES: permission denied, open', null, true],
  ["[Errno 13] Permission denied: '/etc/x'", { type: 'PermissionError' }, true],
  ['spawn /bin/sh EPERM', null, true],
  ['open /etc/shadow: permission denied', null, true],
  ['Os { code: 13, kind: PermissionDenied, message: "Permission denied" }', null, true],
  ['no such file or directory', { type: 'FileNotFoundError' }, false],
])('%s', (message, debug, expected) => {
  expect(sandboxHint(true, message, debug) !== null).toBe(expected);
  expect(sandboxHint(false, message, debug)).toBeNull();
});
