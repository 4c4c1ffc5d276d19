import ipaddr from 'ipaddr.js';
import type { RequestHeaders } from './request-headers.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Which peers may speak for others (`X-Forwarded-*`, `X-Request-Id`). Parsed once. SPEC §3. */
export class TrustedPeers {
  readonly #ranges: readonly Range[];

  /**
   * @param cidrs `10.0.0.0/8`, `::1/128`, or single addresses.
   * @throws RangeError naming the first entry that is neither.
   */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map(parseRange);
  }

  has(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== null && this.#ranges.some((range) => contains(range, parsed));
  }
}

function parseRange(text: string): Range {
  try {
    const entry = text.trim();
    if (entry.includes('/')) return ipaddr.parseCIDR(entry);
    const address = ipaddr.parse(entry);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new RangeError(`"${text}" is no address range; write it like 10.0.0.0/8 or ::1/128.`);
  }
}

function contains([network, bits]: Range, address: Address): boolean {
  if (network.kind() !== address.kind()) return false;
  return network.kind() === 'ipv4'
    ? (address as ipaddr.IPv4).match(network as ipaddr.IPv4, bits)
    : (address as ipaddr.IPv6).match(network as ipaddr.IPv6, bits);
}

/** An IP address, IPv4-mapped IPv6 unwrapped, zone and port cut off; null when it is none. */
export function parseAddress(text: string): Address | null {
  let address = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(address);
  if (bracketed) address = bracketed[1]!;
  else if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(address)) address = address.slice(0, address.lastIndexOf(':'));
  const zone = address.indexOf('%');
  if (zone !== -1) address = address.slice(0, zone);
  // ipaddr.js also reads "127.1" and "0x7f000001"; an address of a peer is never written so.
  if (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address)) return null;
  return ipaddr.isValid(address) ? ipaddr.process(address) : null;
}

export function isLoopback(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback';
}

/**
 * Who the client is: the nearest untrusted address, walking `X-Forwarded-For` from the peer outwards. Only called when
 * the peer is trusted; an entry that is no address ends the walk, for nothing beyond it can be believed.
 */
export function forwardedClient(forwardedFor: string, peer: string, trusted: TrustedPeers): string {
  let client = peer;
  const hops = forwardedFor.split(',');
  for (let i = hops.length - 1; i >= 0; i--) {
    const address = parseAddress(hops[i]!);
    if (address === null) break;
    client = address.toString();
    if (!trusted.has(client)) break;
  }
  return client;
}

/** Whether the request came through a proxy, trusted or not: such a visitor is never "local". */
export function isForwarded(headers: RequestHeaders): boolean {
  return headers.has('x-forwarded-for') || headers.has('forwarded') || headers.has('x-real-ip');
}
