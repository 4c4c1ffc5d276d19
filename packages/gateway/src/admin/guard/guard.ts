import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import type { Endpoint } from '../endpoint.js';
import { hasToken, isForeign, isLocal, isOwnHost, loggedIn, tokenWait } from './caller.js';

/**
 * Who may call an endpoint, in the order of SPEC §11: switches, local only, Host, login, rate, foreign pages, write
 * switch. A token passes local only, login and the write switch.
 * @throws FastFnError `not_found`, `forbidden`, `unauthorized`, `rate_limited`.
 */
export function guard(exchange: Exchange, endpoint: Endpoint): void {
  if (endpoint.access === 'open') return;
  const { admin } = exchange.context;
  const { console } = admin.settings;
  const wait = tokenWait(exchange);
  const token = hasToken(exchange);

  checkSwitches(exchange, endpoint);
  refuseFor(wait, 'Too many wrong tokens');
  if (admin.toggles.localOnly && !token && !isLocal(exchange)) {
    throw forbidden(
      'The admin API answers only on the machine it runs on. Send `x-fn-admin-token` (FN_ADMIN_TOKEN), or set FN_CONSOLE_LOCAL_ONLY=0.',
    );
  }
  if (!isOwnHost(exchange)) {
    throw forbidden(
      'The Host header names another server; use localhost or 127.0.0.1, or set FN_PUBLIC_BASE_URL to the name in use.',
    );
  }
  if (console.login !== null && endpoint.access !== 'login' && !token && loggedIn(exchange) === null) {
    throw new FastFnError('unauthorized', 'Log in first: POST /_fn/login with `username` and `password`.');
  }
  checkRate(exchange);
  const reading = exchange.method === 'GET' || exchange.method === 'HEAD';
  if ((!reading || endpoint.acts === true) && isForeign(exchange)) {
    throw forbidden('The call comes from a page of another site.');
  }
  if (endpoint.writes?.includes(exchange.method) === true && !admin.toggles.writeEnabled && !token) {
    throw forbidden(
      'Changes are switched off. Start with --console-write or FN_CONSOLE_WRITE_ENABLED=1, or send `x-fn-admin-token`.',
    );
  }
}

/** A switch of the configuration closes everything; one set at run time leaves the way to set it back. */
function checkSwitches({ context, path }: Exchange, { access }: Endpoint): void {
  const { options, admin } = context;
  const configured = options.adminApiEnabled && admin.settings.console.apiEnabled;
  if (!configured || (access === 'guarded' && !admin.toggles.apiEnabled)) {
    throw new FastFnError('not_found', `Nothing answers at ${path}: the admin API is switched off.`);
  }
}

function checkRate({ context, clientIp }: Exchange): void {
  refuseFor(context.admin.rate.count(clientIp), 'Too many requests to the admin API');
}

/** @throws FastFnError `rate_limited` unless `seconds` is 0. */
function refuseFor(seconds: number, why: string): void {
  if (seconds === 0) return;
  throw new FastFnError('rate_limited', `${why}; try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

function forbidden(message: string): FastFnError {
  return new FastFnError('forbidden', message);
}
