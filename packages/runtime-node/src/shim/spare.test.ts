import { expect, test } from 'vitest';
import { needsFreshProcess } from './spare.js';

test.for([
  [{}, {}, {}, false],
  [{ A: '1', TZ: 'UTC', NODE_ENV: 'production' }, {}, {}, false],
  [{ NODE_OPTIONS: '--x' }, {}, {}, true],
  [{}, { NODE_EXTRA_CA_CERTS: '/ca.pem' }, {}, true],
  [{ NODE_OPTIONS: '--x' }, {}, { NODE_OPTIONS: '--x' }, false],
] as const)('env %j, process_env %j, ambient %j: %s', ([env, process_env, ambient, expected]) => {
  expect(needsFreshProcess({ env, process_env }, ambient)).toBe(expected);
});
