import { describe, expect, test } from 'vitest';
import { forwardedClient, isLoopback, parseAddress, TrustedPeers } from './client-address.js';

const trusted = new TrustedPeers(['127.0.0.0/8', '::1', '10.0.0.0/8', '2001:db8::/32']);

test.each([
  ['127.0.0.1', true],
  ['::ffff:127.0.0.1', true],
  ['::1', true],
  ['10.1.2.3', true],
  ['11.0.0.1', false],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  ['', false],
  ['nonsense', false],
])('trusts %s: %s', (address, expected) => {
  expect(trusted.has(address)).toBe(expected);
});

test.each(['nonsense', '10.0.0.0/33', '10.0.0/8x', ''])('refuses the range %j', (cidr) => {
  expect(() => new TrustedPeers([cidr])).toThrow(/no address range/);
});

describe('forwardedClient', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.0.0.1', '1.2.3.4'],
    ['10.0.0.2, 10.0.0.1', '10.0.0.2'],
    ['1.2.3.4, garbage', '127.0.0.1'],
    ['1.2.3.4, garbage, 10.0.0.1', '10.0.0.1'],
    ['[2001:db9::1]:443', '2001:db9::1'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['', '127.0.0.1'],
  ])('%j', (header, expected) => {
    expect(forwardedClient(header, '127.0.0.1', trusted)).toBe(expected);
  });
});

test('shorthand spellings of addresses are no addresses', () => {
  expect(parseAddress('127.1')).toBeNull();
  expect(parseAddress('0x7f000001')).toBeNull();
  expect(parseAddress('2130706433')).toBeNull();
});

test.each([
  ['127.8.8.8', true],
  ['::ffff:127.0.0.1', true],
  ['::1', true],
  ['192.168.0.1', false],
])('isLoopback %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
