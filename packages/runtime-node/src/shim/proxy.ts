import { decodeBase64 } from './base64.js';
import { InvalidResponse } from './errors.js';
import { describe, toJson } from './json.js';
import { asBytes, type ProxyDirective } from './reply.js';

/**
 * The `proxy` of an envelope, checked for types; what is allowed is the gateway's business. SPEC §9.
 * @throws InvalidResponse naming the key
 */
export function readProxy(proxy: unknown): ProxyDirective {
  if (typeof proxy !== 'object' || proxy === null || Array.isArray(proxy)) {
    throw new InvalidResponse(`\`proxy\` is ${describe(proxy)}; use an object with \`url\` or \`path\`.`);
  }
  const given = proxy as Record<string, unknown>;
  const directive: ProxyDirective = {};
  for (const key of ['url', 'path', 'method'] as const) {
    const value = given[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string')
      throw new InvalidResponse(`\`proxy.${key}\` is ${describe(value)}; it must be a string.`);
    directive[key] = value;
  }
  for (const key of ['timeout_ms', 'max_response_bytes'] as const) {
    const value = given[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new InvalidResponse(`\`proxy.${key}\` is ${describe(value)}; it must be a number, 0 or more.`);
    directive[key] = value;
  }
  const headers = given.headers;
  if (headers !== undefined && headers !== null) directive.headers = readHeaders(headers);
  const body = readBody(given);
  if (body !== undefined) directive.body = body;
  return directive;
}

function readHeaders(headers: unknown): Record<string, string | string[]> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw new InvalidResponse(`\`proxy.headers\` is ${describe(headers)}; use an object of names and values.`);
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null) continue;
    result[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return result;
}

function readBody(given: Record<string, unknown>): Uint8Array | undefined {
  const { body } = given;
  const base64 = given.body_base64;
  if (base64 !== undefined && base64 !== null) return decodeBase64(base64, 'proxy.body_base64');
  if (body === undefined || body === null) return undefined;
  if (given.is_base64) return decodeBase64(body, 'proxy.body');
  if (typeof body === 'string') return Buffer.from(body);
  if (typeof body === 'object') {
    const bytes = asBytes(body);
    if (bytes !== null) return bytes;
  }
  return Buffer.from(toJson(body, 'proxy.body'));
}
