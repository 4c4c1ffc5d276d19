import type { CorsPolicy } from '@fastfn/core';
import { addVary, setHeader } from '../../headers.js';

/** Headers of the answer to a preflight, without those of {@link applyCors}. */
export function preflightHeaders(
  policy: CorsPolicy,
  routeMethods: readonly string[],
  origin: string,
  requestedHeaders: string | undefined,
): string[] {
  const answered: string[] = [];
  if (!originAllowed(policy, origin)) return answered;
  const methods = policy.methods.length > 0 ? policy.methods : routeMethods;
  answered.push('Access-Control-Allow-Methods', methods.join(', '));
  const headers = policy.headers.length > 0 ? policy.headers.join(', ') : requestedHeaders;
  if (headers) answered.push('Access-Control-Allow-Headers', headers);
  if (policy.maxAge !== null) answered.push('Access-Control-Max-Age', String(policy.maxAge));
  if (policy.headers.length === 0) addVary(answered, 'Access-Control-Request-Headers');
  return answered;
}

/**
 * Puts the headers that let a page of `origin` read the answer. Credentials go only to origins that are named: `*` with
 * credentials would hand every site the visitor's session.
 */
export function applyCors(policy: CorsPolicy, origin: string | undefined, headers: string[]): void {
  const named = origin !== undefined && policy.origins.includes(origin);
  const anyOrigin = policy.origins.includes('*');
  // The answer depends on the origin unless every origin gets the same one.
  if (!anyOrigin || policy.origins.length > 1) addVary(headers, 'Origin');
  if (!named && !anyOrigin) return;
  if (origin === undefined) return;
  setHeader(headers, 'Access-Control-Allow-Origin', named ? origin : '*');
  if (named && policy.credentials) setHeader(headers, 'Access-Control-Allow-Credentials', 'true');
  if (policy.expose.length > 0) setHeader(headers, 'Access-Control-Expose-Headers', policy.expose.join(', '));
}

function originAllowed(policy: CorsPolicy, origin: string): boolean {
  return policy.origins.includes(origin) || policy.origins.includes('*');
}
