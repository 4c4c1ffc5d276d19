import { type EdgePolicy, FastFnError, type ProxyDirective } from '@fastfn/core';
import { isPublicAddress, literalAddress } from './address.js';

/** Decoding more often than this is no URL but an attack. */
const MAX_DECODES = 5;

/**
 * The URL a proxy answer leads to, checked against the function's `edge` policy. SPEC §9. Addresses behind names are
 * checked when connecting.
 * @throws FastFnError `edge_denied`, with the reason.
 */
export function proxyTarget(directive: ProxyDirective, policy: EdgePolicy): URL {
  const url = directive.url !== undefined ? absolute(directive.url) : joined(directive.path, policy.baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw denied(`the scheme "${url.protocol}" is not http or https`);
  if (url.username !== '' || url.password !== '') throw denied('the URL carries a user name or password');
  checkPath(directive.url ?? directive.path!, url);
  checkHost(url, policy);
  return url;
}

function absolute(text: string): URL {
  // Characters that URL parsers drop or bend silently, so that two of them see two targets.
  if (/[\x00-\x20\\\x7f]/.test(text)) throw denied('the URL has characters that do not belong into one');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text))
    throw denied('the URL is not absolute or not valid');
  return new URL(text);
}

function joined(path: string | undefined, baseUrl: string | null): URL {
  if (path === undefined) throw denied('it names neither "url" nor "path"');
  if (baseUrl === null) throw denied('it names a path, but "edge.base_url" is not set');
  if (!path.startsWith('/')) throw denied('the path does not start with "/"');
  if (/[\x00-\x20\\\x7f#]/.test(path)) throw denied('the path has characters that do not belong into one');
  const base = baseUrl.replace(/\/+$/, '');
  if (!URL.canParse(base + path)) throw denied('the path does not make a valid URL');
  const url = new URL(base + path);
  if (url.origin !== new URL(base).origin) throw denied('the path leads to another host');
  return url;
}

/** `..` and reserved paths, however they are encoded. Checked on the text given: URL resolves `..` before one can look. */
function checkPath(given: string, url: URL): void {
  const written = given.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0]!;
  const paths = [...decodings(written), ...decodings(url.pathname)];
  for (const path of paths) {
    const segments = path.split(/[/\\]/);
    if (segments.includes('..')) throw denied('the path has ".." in it');
    const first = segments.find((segment) => segment !== '' && segment !== '.')?.toLowerCase();
    if (first === '_fn' || first === 'console') throw denied(`the path /${first} is reserved`);
  }
}

function decodings(path: string): string[] {
  const seen = [path];
  for (let i = 0; i < MAX_DECODES; i++) {
    let next: string;
    try {
      next = decodeURIComponent(seen.at(-1)!);
    } catch {
      // A broken escape: what decodes by itself is enough to see `..` and reserved names.
      next = seen
        .at(-1)!
        .replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    }
    if (next === seen.at(-1)) return seen;
    seen.push(next);
  }
  throw denied('the path is encoded too many times');
}

function checkHost(url: URL, { allowHosts, allowPrivate }: EdgePolicy): void {
  if (allowHosts.length > 0 && !allowHosts.some((allowed) => hostFits(allowed.toLowerCase(), url))) {
    throw denied(`the host "${url.host}" is not in "edge.allow_hosts"`);
  }
  if (allowPrivate) return;
  const address = literalAddress(url.hostname);
  if (address !== null && !isPublicAddress(address)) throw deniedAddress(address);
}

/** `host` (any port), `host:port`, `*.suffix`. */
function hostFits(allowed: string, url: URL): boolean {
  const name = url.hostname.replace(/\.$/, '');
  if (allowed.startsWith('*.')) return name.endsWith(allowed.slice(1)) && name.length > allowed.length - 1;
  if (allowed === name) return true;
  const port = url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
  return allowed === `${name}:${port}`;
}

export function denied(reason: string): FastFnError {
  return new FastFnError('edge_denied', `The proxy target is not allowed: ${reason}.`, { details: { reason } });
}

/** What whoever means a private address is told to do. */
export const ALLOW_PRIVATE = 'set "edge.allow_private" if it is meant';

export function deniedAddress(what: string): FastFnError {
  return denied(`${what} is not a public address; ${ALLOW_PRIVATE}`);
}
