import { createHmac } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import { sameSecret } from '../guard/token.js';
import type { LoginSettings } from '../settings.js';

const COOKIE = 'fastfn_session';
const MAX_COOKIE = 4096;

/**
 * Logins as signed cookies: nothing is kept here, so they hold over restarts and for several gateways. They are bound to
 * the credentials: with another user name, password or secret all of them end.
 */
export class Sessions {
  readonly #login: LoginSettings;
  readonly #ttlMs: number;
  readonly #credentials: string;
  readonly #now: () => number;

  constructor(login: LoginSettings, ttlMs: number, now: () => number = Date.now) {
    this.#login = login;
    this.#ttlMs = ttlMs;
    this.#now = now;
    this.#credentials = this.#sign(JSON.stringify([login.username, login.passwordHash ?? login.password]));
  }

  /** Value of `Set-Cookie` for the user who has just logged in. */
  open(secure: boolean): string {
    const expires = this.#now() + this.#ttlMs;
    return setCookie(`${expires}.${this.#signature(expires)}`, Math.floor(this.#ttlMs / 1000), secure);
  }

  /** Value of `Set-Cookie` that makes the browser forget. */
  static closed(secure: boolean): string {
    return setCookie('', 0, secure);
  }

  /** The user whose valid cookie is in a Cookie header, or null. */
  userOf(cookieHeader: string | undefined): string | null {
    const value = cookieHeader === undefined ? undefined : parseCookie(cookieHeader)[COOKIE];
    if (value === undefined || value.length > MAX_COOKIE) return null;
    const [expires, signature, ...rest] = value.split('.');
    if (signature === undefined || rest.length > 0 || !/^\d{1,16}$/.test(expires!)) return null;
    if (!sameSecret(signature, this.#signature(Number(expires)))) return null;
    return Number(expires) > this.#now() ? this.#login.username : null;
  }

  #signature(expires: number): string {
    return this.#sign(`${expires}\0${this.#credentials}`);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#login.sessionSecret).update(text).digest('base64url');
  }
}

function setCookie(value: string, maxAge: number, secure: boolean): string {
  return stringifySetCookie({ name: COOKIE, value, maxAge, secure, path: '/', httpOnly: true, sameSite: 'lax' });
}
