import type { EdgePolicy, ProxyDirective } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './address.js';
import { proxyTarget } from './target.js';

const edge: EdgePolicy = {
  baseUrl: 'https://api.example.com/v1/',
  allowHosts: [],
  allowPrivate: false,
  maxResponseBytes: 0,
};

describe('allowed targets', () => {
  test.each<[ProxyDirective, Partial<EdgePolicy>, string]>([
    [{ path: '/users?x=1' }, {}, 'https://api.example.com/v1/users?x=1'],
    [{ path: '/' }, { baseUrl: 'http://a.example' }, 'http://a.example/'],
    [{ url: 'https://b.example/x' }, {}, 'https://b.example/x'],
    [{ url: 'https://b.example/a%20b' }, {}, 'https://b.example/a%20b'],
    [{ url: 'https://b.example/a..b/...' }, {}, 'https://b.example/a..b/...'],
    [{ url: 'https://b.example/console-api/_fnord' }, {}, 'https://b.example/console-api/_fnord'],
    [{ url: 'https://b.example/x?next=/../_fn' }, {}, 'https://b.example/x?next=/../_fn'],
    [{ url: 'https://b.example/x' }, { allowHosts: ['B.example'] }, 'https://b.example/x'],
    [{ url: 'https://b.example/x' }, { allowHosts: ['b.example:443'] }, 'https://b.example/x'],
    [{ url: 'https://c.b.example/x' }, { allowHosts: ['*.b.example'] }, 'https://c.b.example/x'],
    [{ url: 'http://8.8.8.8/x' }, {}, 'http://8.8.8.8/x'],
    [{ url: 'http://127.0.0.1:9/x' }, { allowPrivate: true }, 'http://127.0.0.1:9/x'],
  ])('%j', (directive, policy, expected) => {
    expect(proxyTarget(directive, { ...edge, ...policy }).href).toBe(expected);
  });
});

describe('refused targets', () => {
  test.each<[ProxyDirective, Partial<EdgePolicy>, RegExp]>([
    [{}, {}, /neither/],
    [{ path: '/x' }, { baseUrl: null }, /base_url/],
    [{ path: 'x' }, {}, /start with/],
    [{ path: '@evil.example/' }, {}, /start with/],
    [{ path: '//evil.example/../x' }, {}, /\.\./],
    [{ path: '/../admin' }, {}, /\.\./],
    [{ path: '/a/%2e%2e/admin' }, {}, /\.\./],
    [{ path: '/a/%2E%2e%2Fadmin' }, {}, /\.\./],
    [{ path: '/a/%252e%252e/admin' }, {}, /\.\./],
    [{ path: '/a/.%2e/admin' }, {}, /\.\./],
    [{ path: '/a\\..\\admin' }, {}, /characters/],
    [{ path: '/a/%5c..%5cadmin' }, {}, /\.\./],
    [{ path: `/${'%25'.repeat(1)}${'25'.repeat(8)}2e` }, {}, /too many/],
    [{ path: '/%zz/%2e%2e/x' }, {}, /\.\./],
    [{ path: '/a\r\nHost: evil' }, {}, /characters/],
    [{ url: 'https://b.example/../x' }, {}, /\.\./],
    [{ url: 'https://b.example/_fn/reload' }, {}, /reserved/],
    [{ url: 'https://b.example/%5ffn/reload' }, {}, /reserved/],
    [{ url: 'https://b.example//_fn/reload' }, {}, /reserved/],
    [{ url: 'https://b.example/./_fn' }, {}, /reserved/],
    [{ url: 'https://b.example/_FN/reload' }, {}, /reserved/],
    [{ url: 'https://b.example/console' }, {}, /reserved/],
    [{ url: 'https://b.example/%63onsole/x' }, {}, /reserved/],
    [{ url: 'https://b.example/%2563onsole/x' }, {}, /reserved/],
    [{ url: 'ftp://b.example/' }, {}, /scheme/],
    [{ url: 'file:///etc/passwd' }, {}, /scheme/],
    [{ url: 'gopher://b.example/' }, {}, /scheme/],
    [{ url: 'javascript:alert(1)' }, {}, /not absolute/],
    [{ url: '//b.example/' }, {}, /not absolute/],
    [{ url: '/x' }, {}, /not absolute/],
    [{ url: 'https://' }, {}, /not absolute/],
    [{ url: ' https://b.example' }, {}, /characters/],
    [{ url: 'https:\\\\b.example' }, {}, /characters/],
    [{ url: 'https://b.example\\@evil.example/' }, {}, /characters/],
    [{ url: 'https://user:pw@b.example/' }, {}, /password/],
    [{ url: 'https://b.example@evil.example/' }, {}, /user name/],
    [{ url: 'https://evil.example/' }, { allowHosts: ['b.example'] }, /allow_hosts/],
    [{ url: 'https://b.example.evil.example/' }, { allowHosts: ['b.example'] }, /allow_hosts/],
    [{ url: 'https://evilb.example/' }, { allowHosts: ['*.b.example'] }, /allow_hosts/],
    [{ url: 'https://b.example/' }, { allowHosts: ['*.b.example'] }, /allow_hosts/],
    [{ url: 'https://b.example:8443/' }, { allowHosts: ['b.example:443'] }, /allow_hosts/],
    [{ path: '/x' }, { allowHosts: ['b.example'] }, /allow_hosts/],
    [{ url: 'http://127.0.0.1/' }, {}, /public/],
    [{ url: 'http://127.1/' }, {}, /public/],
    [{ url: 'http://2130706433/' }, {}, /public/],
    [{ url: 'http://0x7f.1/' }, {}, /public/],
    [{ url: 'http://0177.0.0.1/' }, {}, /public/],
    [{ url: 'http://①②⑦.0.0.1/' }, {}, /public/],
    [{ url: 'http://0/' }, {}, /public/],
    [{ url: 'http://10.0.0.1/' }, {}, /public/],
    [{ url: 'http://172.16.0.1/' }, {}, /public/],
    [{ url: 'http://192.168.1.1/' }, {}, /public/],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, {}, /public/],
    [{ url: 'http://100.64.0.1/' }, {}, /public/],
    [{ url: 'http://[::1]/' }, {}, /public/],
    [{ url: 'http://[::]/' }, {}, /public/],
    [{ url: 'http://[::ffff:127.0.0.1]/' }, {}, /public/],
    [{ url: 'http://[::ffff:7f00:1]/' }, {}, /public/],
    [{ url: 'http://[64:ff9b::7f00:1]/' }, {}, /public/],
    [{ url: 'http://[2002:7f00:1::]/' }, {}, /public/],
    [{ url: 'http://[::7f00:1]/' }, {}, /public/],
    [{ url: 'http://[fe80::1]/' }, {}, /public/],
    [{ url: 'http://[fd00::1]/' }, {}, /public/],
    [{ path: '/x' }, { baseUrl: 'http://127.0.0.1:8080' }, /public/],
  ])('%j %j', (directive, policy, reason) => {
    expect(() => proxyTarget(directive, { ...edge, ...policy })).toThrow(
      expect.objectContaining({ code: 'edge_denied', status: 502, details: { reason: expect.stringMatching(reason) } }),
    );
  });
});

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['64:ff9b::808:808', true],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['198.18.0.1', false],
  ['192.0.2.1', false],
  ['240.0.0.1', false],
  ['ff02::1', false],
  ['2001:db8::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::a00:1', false],
  ['localhost', false],
  ['', false],
])('isPublicAddress %j: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
