import type { Session } from '@fastfn/core';
import { parseCookie } from 'cookie';

/** The cookies of a request; null without a Cookie header. SPEC §6. */
export function readSession(cookieHeader: string | undefined): Session | null {
  if (cookieHeader === undefined || cookieHeader === '') return null;
  const cookies = parseCookie(cookieHeader) as Record<string, string>;
  return { id: cookies.session_id ?? cookies.sessionid ?? cookies.sid ?? null, raw: cookieHeader, cookies };
}
