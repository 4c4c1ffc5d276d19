import { expect, it } from 'vitest';
import { ambientEnv } from './ambient-env.js';

it('passes the allow-list on', () => {
  const env = {
    PATH: '/bin',
    HOME: '/h',
    LANG: 'C',
    LC_ALL: 'C',
    TZ: 'UTC',
    https_proxy: 'p',
    SSL_CERT_FILE: 'c',
    GOPATH: 'g',
  };
  expect(ambientEnv(env)).toEqual(env);
});

it.each([
  'FN_ADMIN_TOKEN',
  'FN_CONSOLE_LOGIN_PASSWORD',
  'FN_TRUSTED_PROXY_CIDRS',
  'FN_HOST_PORT',
  'AWS_SECRET_ACCESS_KEY',
  'DATABASE_URL',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'PYTHONPATH',
])('keeps %s to itself', (name) => {
  expect(ambientEnv({ [name]: 'x' })).toEqual({});
});

it('drops what is unset', () => {
  expect(ambientEnv({ PATH: undefined })).toEqual({});
});
