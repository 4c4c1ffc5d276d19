import { describe, expect, it } from 'vitest';
import { checkDomain, type DomainSettings } from './domains.js';
import type { Network } from './network.js';

const NOW = Date.parse('2026-01-01');
const DAY = 86_400_000;

/** A network where all is well, but for what a test says. */
function network(over: Partial<Network> = {}): Network {
  return {
    addresses: async () => ['203.0.113.7', '2001:db8::7'],
    ownAddresses: () => ['10.0.0.5', '203.0.113.7'],
    canConnect: async () => true,
    certificate: async () => ({ problem: null, validTo: NOW + 60 * DAY, issuer: 'CA' }),
    status: async () => 200,
    ...over,
  };
}

const settings: DomainSettings = { publicBaseUrl: 'https://api.example.com', now: NOW };

async function statuses(over: Partial<Network>, domain = 'api.example.com', base = settings): Promise<object> {
  const checks = await checkDomain(domain, base, network(over));
  for (const { status, hint, message } of checks) {
    expect(message).not.toBe('');
    // Whatever is wrong comes with what to do.
    expect(hint === '').toBe(status === 'OK');
  }
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]));
}

const FINE = {
  dns: 'OK',
  points_here: 'OK',
  port_80: 'OK',
  port_443: 'OK',
  tls: 'OK',
  answers: 'OK',
  public_base_url: 'OK',
};

describe('a domain', () => {
  it.each<[string, Partial<Network>, object]>([
    ['is fine', {}, {}],
    ['points elsewhere', { ownAddresses: () => ['10.0.0.5'] }, { points_here: 'WARN' }],
    ['has port 80 closed', { canConnect: async (_, port) => port === 443 }, { port_80: 'WARN' }],
    ['has port 443 closed', { canConnect: async (_, port) => port === 80 }, { port_443: 'WARN', tls: undefined }],
    ['is reached at one of its addresses', { canConnect: async (address) => address.includes(':') }, {}],
    [
      'has both closed',
      { canConnect: async () => false },
      { port_80: 'FAIL', port_443: 'FAIL', tls: undefined, answers: undefined },
    ],
    ['speaks no TLS', { certificate: async () => null }, { tls: 'FAIL' }],
    [
      'shows the certificate of another name',
      { certificate: async () => ({ problem: 'ERR_TLS_CERT_ALTNAME_INVALID', validTo: NOW + DAY, issuer: 'CA' }) },
      { tls: 'FAIL' },
    ],
    [
      'has a certificate that ends soon',
      { certificate: async () => ({ problem: null, validTo: NOW + 13 * DAY, issuer: 'CA' }) },
      { tls: 'WARN' },
    ],
    ['does not answer', { status: async () => null }, { answers: 'FAIL' }],
    ['has a proxy that reaches nothing', { status: async () => 502 }, { answers: 'FAIL' }],
    ['answers 404 at its root', { status: async () => 404 }, {}],
  ])('%s', async (_, over, expected) => {
    const wanted = Object.fromEntries(Object.entries({ ...FINE, ...expected }).filter(([, status]) => status));
    expect(await statuses(over)).toEqual(wanted);
  });

  it('without a record: nothing else is tried', async () => {
    expect(await statuses({ addresses: async () => [] })).toEqual({ dns: 'FAIL' });
  });

  it.each([null, 'https://other.example.com'])('public-base-url %s', async (publicBaseUrl) => {
    expect(await statuses({}, 'api.example.com', { ...settings, publicBaseUrl })).toMatchObject({
      public_base_url: 'WARN',
    });
  });

  it.each(['API.Example.com', 'api.example.com.', 'xn--mnchen-3ya.de', 'münchen.de'])(
    '%s is a name',
    async (domain) => {
      expect(await statuses({}, domain)).toMatchObject({ dns: 'OK' });
    },
  );

  it.each([
    '',
    'localhost',
    'https://example.com',
    'example.com/path',
    'example.com:443',
    '127.0.0.1',
    '[::1]',
    '-a.example.com',
    'a..example.com',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(130)}com`,
    'a b.com',
    'a\0.com',
    '$(reboot).com',
  ])('%j is none', async (domain) => {
    expect(await statuses({}, domain)).toEqual({ domain_name: 'FAIL' });
  });
});
