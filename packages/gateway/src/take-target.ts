import { FastFnError } from '@fastfn/core';
import { isAuthority } from './authority.js';
import type { Exchange } from './exchange.js';
import { parseTarget, pathForLog } from './request.js';
import { answer } from './respond/answer.js';

/** Every method FastFN could serve, for `OPTIONS *`. */
const ALL_METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';

/** Reads the request target; refuses what HTTP/1.1 forbids. */
export function takeTarget(exchange: Exchange): boolean {
  const { messages } = exchange;
  if (messages.httpVersionMajor !== 1) {
    exchange.path = pathForLog(messages.url);
    exchange.closeAfter = true;
    throw new FastFnError(
      'bad_request',
      `HTTP/${messages.httpVersionMajor}.${messages.httpVersionMinor} is not spoken here; use HTTP/1.1.`,
    );
  }
  const target = parseTarget(messages.url);
  if (target === null) {
    exchange.path = pathForLog(messages.url);
    throw new FastFnError('bad_request', 'The URL is malformed: check its percent-escapes.');
  }
  exchange.rawPath = target.rawPath;
  exchange.routePath = target.routePath;
  exchange.path = target.path;
  exchange.search = target.search;
  checkHost(exchange, target.authority);
  if (target.path !== '*') return true;
  if (exchange.method !== 'OPTIONS') throw new FastFnError('bad_request', 'The target `*` is for OPTIONS only.');
  answer(exchange, 204, ['Allow', ALL_METHODS], null);
  return false;
}

function checkHost(exchange: Exchange, authority: string | null): void {
  const sent = exchange.headers.get('host');
  if (sent === undefined && exchange.messages.httpVersionMinor !== 0) {
    exchange.closeAfter = true;
    throw new FastFnError('bad_request', 'The Host header is missing.');
  }
  // Repeated Host headers arrive joined by a comma and fail here too.
  if ((sent !== undefined && sent !== '' && !isAuthority(sent)) || (authority !== null && !isAuthority(authority))) {
    exchange.closeAfter = true;
    throw new FastFnError('bad_request', 'The host of the request is malformed.');
  }
  if (authority !== null) exchange.host = authority;
}
