import ipaddr from 'ipaddr.js';

/** IPv6 prefixes that carry an IPv4 address inside; the inner one decides. Offset of its first byte. */
const EMBEDDED: readonly { readonly prefix: [ipaddr.IPv6, number]; readonly at: number }[] = [
  { prefix: [ipaddr.IPv6.parse('64:ff9b::'), 96], at: 12 }, // NAT64
  { prefix: [ipaddr.IPv6.parse('2002::'), 16], at: 2 }, // 6to4
  { prefix: [ipaddr.IPv6.parse('::'), 96], at: 12 }, // IPv4-compatible
];

/** Global unicast, also when an IPv4 address hides in IPv6. @param address as resolved; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast';
  for (const { prefix, at } of EMBEDDED) {
    if (parsed.match(...prefix)) return new ipaddr.IPv4(parsed.toByteArray().slice(at, at + 4)).range() === 'unicast';
  }
  return parsed.range() === 'unicast';
}

/** The literal address in a URL's host, without brackets; null when it is a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}
