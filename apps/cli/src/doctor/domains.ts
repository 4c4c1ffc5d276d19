import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { type Check, fail, ok, warn } from './check.js';
import type { Network } from './network.js';

/** A certificate that ends sooner is told of: renewal should have happened by then. */
const EXPIRES_SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** A name as the DNS has it: labels of letters, digits and hyphens, at least two of them. */
const NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

export interface DomainSettings {
  /** `public-base-url` of the project. */
  readonly publicBaseUrl: string | null;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * What stands between a domain and the server behind it: name, addresses, ports, certificate, an answer. Each step is
 * tried only when the one before it succeeded.
 */
export async function checkDomain(domain: string, settings: DomainSettings, network: Network): Promise<Check[]> {
  const name = asciiName(domain);
  if (!NAME.test(name) || isIP(name) !== 0) {
    return [fail('domain_name', `"${domain}" is no domain name`, 'Give the bare name, for example api.example.com.')];
  }
  const addresses = await network.addresses(name);
  if (addresses.length === 0) {
    const hint = `Create an A or AAAA record for ${name} at your DNS provider; it may take minutes until it is seen.`;
    return [fail('dns', `${name} has no address (no A or AAAA record)`, hint)];
  }
  const [plain, tls] = await Promise.all([reachable(addresses, 80, network), reachable(addresses, 443, network)]);
  const checks = [
    ok('dns', `${name} → ${addresses.join(', ')}`),
    pointsHere(name, addresses, network.ownAddresses()),
    portCheck(80, plain, tls.length > 0),
    portCheck(443, tls, plain.length > 0),
  ];
  if (tls.length > 0) checks.push(certificateCheck(name, await network.certificate(name, tls[0]!), settings.now));
  if (tls.length + plain.length > 0) checks.push(await answerCheck(name, tls.length > 0 ? 'https' : 'http', network));
  checks.push(baseUrlCheck(name, settings.publicBaseUrl));
  return checks;
}

/** As the DNS has it; "" for what is more than a name, of which node would take the first part. */
function asciiName(domain: string): string {
  return /^[^\s/?#@:%\\]+$/.test(domain) ? domainToASCII(domain).replace(/\.$/, '') : '';
}

async function reachable(addresses: readonly string[], port: number, network: Network): Promise<string[]> {
  const reached = await Promise.all(addresses.map((address) => network.canConnect(address, port)));
  return addresses.filter((_, i) => reached[i]);
}

function pointsHere(name: string, addresses: readonly string[], own: readonly string[]): Check {
  if (addresses.some((address) => own.includes(address))) return ok('points_here', `${name} points to this machine`);
  return warn(
    'points_here',
    `${name} points to none of this machine's addresses (${own.join(', ') || 'none'})`,
    'Right behind a load balancer, a CDN or NAT; else correct the record.',
  );
}

/** @param other the other port is open. */
function portCheck(port: 80 | 443, reached: readonly string[], other: boolean): Check {
  const id = `port_${port}`;
  if (reached.length > 0) return ok(id, `Port ${port} is open at ${reached.join(', ')}`);
  const firewall = `Open port ${port} in the firewall, and start what listens there (nginx, Caddy)`;
  if (!other) return fail(id, `Port ${port} cannot be reached`, `${firewall}.`);
  return port === 443
    ? warn(id, 'Port 443 cannot be reached: no https', `${firewall}; Caddy gets certificates by itself.`)
    : warn(id, 'Port 80 cannot be reached', `${firewall}: for redirects to https, and for certificates by HTTP-01.`);
}

function certificateCheck(name: string, certificate: Awaited<ReturnType<Network['certificate']>>, now: number): Check {
  if (certificate === null) {
    return fail(
      'tls',
      `Nothing on port 443 speaks TLS for ${name}`,
      'Set a certificate up in the proxy for this name.',
    );
  }
  const { problem, validTo, issuer } = certificate;
  if (problem !== null) {
    return fail(
      'tls',
      `Browsers refuse the certificate of ${name}: ${problem}`,
      'Get one for this name, for example from Let’s Encrypt.',
    );
  }
  const days = Math.floor((validTo - now) / DAY_MS);
  const message = `The certificate of ${name} (${issuer}) is valid for ${days} more day(s)`;
  return days >= EXPIRES_SOON_DAYS ? ok('tls', message) : warn('tls', message, 'Look why it is not renewed.');
}

async function answerCheck(name: string, scheme: 'http' | 'https', network: Network): Promise<Check> {
  const status = await network.status(name, scheme);
  if (status === null) {
    return fail('answers', `${scheme}://${name}/ does not answer`, 'Look into the log of what listens there.');
  }
  if (status >= 502 && status <= 504) {
    const hint = 'The proxy does not reach FastFN: is it running, and on the port that the proxy names?';
    return fail('answers', `${scheme}://${name}/ answers ${status}`, hint);
  }
  return ok('answers', `${scheme}://${name}/ answers ${status}`);
}

function baseUrlCheck(name: string, publicBaseUrl: string | null): Check {
  if (publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).hostname === name) {
    return ok('public_base_url', `public-base-url is ${publicBaseUrl}`);
  }
  return warn(
    'public_base_url',
    publicBaseUrl === null ? 'public-base-url is not set' : `public-base-url is ${publicBaseUrl}`,
    `Set "public-base-url": "https://${name}" in fastfn.json if OpenAPI should name this domain.`,
  );
}
