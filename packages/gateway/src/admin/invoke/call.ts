import type { InvocationContext, Runtime } from '@fastfn/core';
import { isRuntime } from '@fastfn/core';
import { HOP_BY_HOP } from '../../headers.js';
import { Fields } from '../fields.js';
import type { JsonObject } from '../request-body.js';

/** A call as the body of `/_fn/invoke` asks for it. */
export interface Call {
  /** One of the two is there. */
  readonly name: string | undefined;
  /** Path of {@link route}, without query. */
  readonly route: string | undefined;
  readonly runtime: Runtime | undefined;
  readonly version: string | undefined;
  /** Upper case. */
  readonly method: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** Without `?`. */
  readonly search: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `context.user` of the handler, when given. */
  readonly context: InvocationContext | null;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const METHOD = /^[A-Za-z]{1,20}$/;
const MAX_NAME = 512;
const MAX_ROUTE = 8192;
const MAX_HEADERS = 200;
/** Of the connection, or worked out from the body; and compression, which only a socket needs. */
export const NOT_SENT: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length', 'expect', 'accept-encoding']);

/** @throws FastFnError `bad_request` naming every wrong field. */
export function readCall(body: JsonObject): Call {
  const fields = new Fields(body);
  const name = fields.text('name', MAX_NAME) || undefined;
  const route = fields.text('route', MAX_ROUTE) || undefined;
  if (name === undefined && route === undefined && !fields.has('name') && !fields.has('route')) {
    fields.wrong('name', 'or "route" must say what to call');
  } else if (name === undefined && route === undefined) fields.wrong('name', 'or "route" must not be empty');
  if (route !== undefined && !route.startsWith('/')) fields.wrong('route', 'must begin with "/"');
  const runtime = fields.text('runtime', MAX_NAME) || undefined;
  if (runtime !== undefined && !isRuntime(runtime)) fields.wrong('runtime', 'is none that FastFN knows');
  const method = fields.text('method', MAX_NAME) || undefined;
  if (method !== undefined && !METHOD.test(method)) fields.wrong('method', 'must be a method such as GET');
  const mark = route?.indexOf('?') ?? -1;
  const search = [mark === -1 ? '' : route!.slice(mark + 1), readQuery(fields)].filter((part) => part !== '').join('&');
  const content = readBody(fields);
  const call: Call = {
    name,
    route: mark === -1 ? route : route!.slice(0, mark),
    runtime: runtime as Runtime | undefined,
    version: fields.text('version', MAX_NAME) || undefined,
    method: method?.toUpperCase(),
    params: fields.texts('params') ?? {},
    search,
    headers: { ...content.headers, ...readHeaders(fields) },
    body: content.bytes,
    context: fields.has('context') ? { user: fields.raw('context') } : null,
  };
  fields.check();
  return call;
}

function readQuery(fields: Fields): string {
  const query = fields.raw('query');
  if (query === undefined || query === null) return '';
  if (typeof query === 'string') return query.replace(/^\?/, '');
  if (typeof query !== 'object' || Array.isArray(query)) {
    fields.wrong('query', 'must be an object, or a text such as "a=1&b=2"');
    return '';
  }
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'object' && item !== null) fields.wrong(`query.${name}`, 'must be a text, number or boolean');
      else search.append(name, item === null ? '' : String(item));
    }
  }
  return search.toString();
}

function readHeaders(fields: Fields): Record<string, string> {
  const given = Object.entries(fields.texts('headers') ?? {});
  if (given.length > MAX_HEADERS) fields.wrong('headers', `must be at most ${MAX_HEADERS}`);
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of given.slice(0, MAX_HEADERS)) {
    if (!TOKEN.test(name)) fields.wrong('headers', 'has a name that HTTP cannot carry');
    else if (!FIELD_VALUE.test(value)) fields.wrong(`headers.${name}`, 'has characters that HTTP cannot carry');
    else if (!NOT_SENT.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** A text goes as it is, base64 as bytes when `is_base64`, anything else as JSON. */
function readBody(fields: Fields): { bytes: Buffer; headers: Record<string, string> } {
  const body = fields.raw('body');
  const isBase64 = fields.flag('is_base64') === true;
  if (body === undefined || body === null) return { bytes: Buffer.alloc(0), headers: {} };
  if (typeof body !== 'string') {
    if (isBase64) fields.wrong('body', 'must be a base64 text, as "is_base64" says');
    return { bytes: Buffer.from(JSON.stringify(body)), headers: { 'content-type': 'application/json' } };
  }
  if (!isBase64) return { bytes: Buffer.from(body, 'utf8'), headers: {} };
  const bytes = Buffer.from(body, 'base64');
  const plain = (text: string): string => text.replace(/[\s=]/g, '').replaceAll('-', '+').replaceAll('_', '/');
  if (plain(bytes.toString('base64')) !== plain(body)) fields.wrong('body', 'is no base64');
  return { bytes, headers: {} };
}
