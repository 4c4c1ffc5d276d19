import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_S = 3600;

const sign = (text, secret) => createHmac('sha256', secret).update(text).digest('base64url');

/** A cookie's value that nobody without the secret can make. */
export function makeSession(user, secret, now = Date.now()) {
  const text = Buffer.from(JSON.stringify({ user, until: now + LIFETIME_S * 1000 })).toString('base64url');
  return `${text}.${sign(text, secret)}`;
}

/** The user of a session; null when it is forged, malformed or over. */
export function readSession(value, secret, now = Date.now()) {
  const [text, signature] = (value ?? '').split('.');
  if (!text || !signature) return null;
  const [given, wanted] = [Buffer.from(signature), Buffer.from(sign(text, secret))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  const { user, until } = JSON.parse(Buffer.from(text, 'base64url').toString());
  return until > now ? user : null;
}

/** Never readable by scripts, never sent along by other sites' forms. Add `secure: true` behind https. */
export const cookie = (value, maxAge = LIFETIME_S) =>
  `session_id=${value}; Path=/auth; HttpOnly; SameSite=Lax; Max-Age=${maxAge}`;
