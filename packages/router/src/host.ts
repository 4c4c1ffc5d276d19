import { compareText } from './pattern.js';

/** The Host header, read: lower case, no trailing dot, IPv6 in brackets. */
export interface RequestHost {
  readonly name: string;
  /** `""` when the header has none. */
  readonly port: string;
}

/** One entry of `allow_hosts`: `host`, `host:port`, `*.suffix` or `*.suffix:port`. */
export interface HostPattern {
  readonly text: string;
  readonly wildcard: boolean;
  /** The whole name, or for a wildcard the suffix with its leading dot. */
  readonly name: string;
  readonly port: string;
}

export function parseHost(header: string): RequestHost {
  const text = header.trim().toLowerCase();
  const nameEnd = endOfName(text);
  const name = text.slice(0, nameEnd);
  const port = text[nameEnd] === ':' ? text.slice(nameEnd + 1) : '';
  // A bare IPv6 address has no port; the header form is bracketed.
  if (!name.startsWith('[') && name.includes(':')) return { name: `[${name}]`, port: '' };
  return { name: name.endsWith('.') ? name.slice(0, -1) : name, port };
}

/** Index of the `:` before the port, or the length. */
function endOfName(text: string): number {
  if (text.startsWith('[')) {
    const bracket = text.indexOf(']');
    return bracket === -1 ? text.length : bracket + 1;
  }
  const colon = text.indexOf(':');
  return colon === -1 || text.includes(':', colon + 1) ? text.length : colon;
}

export function parseHostPattern(source: string): HostPattern {
  const { name, port } = parseHost(source);
  const text = port === '' ? name : `${name}:${port}`;
  return name.startsWith('*.')
    ? { text, wildcard: true, name: name.slice(1), port }
    : { text, wildcard: false, name, port };
}

/** `*.suffix` fits subdomains at any depth, not the suffix itself; a pattern without a port fits every port. */
export function hostFits(pattern: HostPattern, host: RequestHost): boolean {
  if (pattern.port !== '' && pattern.port !== host.port) return false;
  if (!pattern.wildcard) return pattern.name === host.name;
  return host.name.length > pattern.name.length && host.name.endsWith(pattern.name);
}

/** Most specific first: exact before wildcard, longer suffix before shorter, with port before without. */
export function compareHosts(a: HostPattern, b: HostPattern): number {
  if (a.wildcard !== b.wildcard) return a.wildcard ? 1 : -1;
  if (a.wildcard && a.name.length !== b.name.length) return b.name.length - a.name.length;
  if ((a.port === '') !== (b.port === '')) return a.port === '' ? 1 : -1;
  return compareText(a.text, b.text);
}
