import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares without telling by its duration how much of a guess is right, or how long the secret is. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
