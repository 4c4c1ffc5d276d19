import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answer } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { Fields } from '../fields.js';
import { isEncrypted } from '../guard/caller.js';
import { readJson } from '../request-body.js';
import { isRightLogin } from './password.js';
import { Sessions } from './sessions.js';

const MAX_TEXT = 1024;
const MAX_BODY = 16_384;

/** Gives the session cookie for user name and password. SPEC §16. */
export const login: Endpoint = {
  methods: ['POST'],
  access: 'login',
  async serve(exchange) {
    const { sessions, lockout, settings } = exchange.context.admin;
    if (sessions === null || lockout === null) {
      throw new FastFnError('not_found', 'There is no login; set FN_CONSOLE_LOGIN_ENABLED=1 to have one.');
    }
    const fields = new Fields(await readJson(exchange, MAX_BODY));
    const username = fields.requiredText('username', MAX_TEXT);
    const password = fields.requiredText('password', MAX_TEXT);
    fields.check();
    const seconds = lockout.attempt(exchange.clientIp);
    if (seconds > 0) {
      throw new FastFnError('rate_limited', `Too many wrong logins; try again in ${seconds} s.`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    if (!(await isRightLogin(settings.console.login!, username, password))) {
      throw new FastFnError('unauthorized', 'User name or password are wrong.');
    }
    lockout.forgive(exchange.clientIp);
    answerWithCookie(exchange, sessions.open(isEncrypted(exchange)), { ok: true, user: username });
  },
};

/** Clears the session cookie, whoever asks. */
export const logout: Endpoint = {
  methods: ['POST'],
  access: 'login',
  serve(exchange) {
    answerWithCookie(exchange, Sessions.closed(isEncrypted(exchange)), { ok: true });
  },
};

function answerWithCookie(exchange: Exchange, cookie: string, body: object): void {
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  answer(exchange, 200, [...headers, 'Set-Cookie', cookie], `${JSON.stringify(body)}\n`);
}
