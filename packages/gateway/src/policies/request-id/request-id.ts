import { randomBytes } from 'node:crypto';

/** Unique among gateways by a random prefix, within one by a counter: no randomness is spent per request. */
export function requestIdFactory(): () => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

const SANE = /^[\w.:@=+/-]{1,128}$/;

/** Whether an id sent by a trusted peer may go into logs and headers as it is. */
export function isSaneRequestId(id: string): boolean {
  return SANE.test(id);
}
