import { expect, it } from 'vitest';
import { type ServerUrlFacts, serverUrl } from './server-url.js';

const request = { protocol: 'http', host: '127.0.0.1:8080' } as const;

it.each<[string, Partial<ServerUrlFacts>, string]>([
  ['the request', {}, 'http://127.0.0.1:8080'],
  ['a TLS request', { request: { protocol: 'https', host: 'a.test' } }, 'https://a.test'],
  ['forwarded over the request', { forwarded: { proto: 'https', host: 'api.test' } }, 'https://api.test'],
  ['forwarded host alone', { forwarded: { proto: null, host: 'api.test:81' } }, 'http://api.test:81'],
  ['forwarded scheme alone', { forwarded: { proto: 'HTTPS', host: null } }, 'https://127.0.0.1:8080'],
  ['the first of several proxies', { forwarded: { proto: 'https, http', host: 'a.test, b.test' } }, 'https://a.test'],
  ['no strange scheme', { forwarded: { proto: 'javascript', host: 'a.test' } }, 'http://a.test'],
  ['no strange host', { forwarded: { proto: null, host: 'a.test/x?"' } }, 'http://127.0.0.1:8080'],
  ['IPv6', { request: { protocol: 'http', host: '[::1]:8080' } }, 'http://[::1]:8080'],
  ['no host at all', { request: { protocol: 'http', host: '' } }, '/'],
  ['a host with credentials', { request: { protocol: 'http', host: 'user@evil.test' } }, '/'],
  [
    'configured over all, without its slash',
    { publicBaseUrl: ' https://x.test/base// ', forwarded: { proto: 'http', host: 'f.test' } },
    'https://x.test/base',
  ],
  ['a blank configured one', { publicBaseUrl: ' ' }, 'http://127.0.0.1:8080'],
])('%s', (_, facts, url) => {
  expect(serverUrl({ publicBaseUrl: null, forwarded: null, request, ...facts })).toBe(url);
});
