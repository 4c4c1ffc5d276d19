/** Headers that belong to one connection and not to the message (RFC 9110 §7.6.1), lower case. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Alternating names and values: the first value of `name` (lower case), or null. */
export function headerValue(headers: readonly string[], name: string): string | null {
  for (let i = 0; i < headers.length; i += 2) {
    const candidate = headers[i]!;
    if (candidate.length === name.length && candidate.toLowerCase() === name) return headers[i + 1]!;
  }
  return null;
}

/** Sets `name` in alternating names and values, replacing what is there. */
export function setHeader(headers: string[], name: string, value: string): void {
  const lower = name.toLowerCase();
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i]!.toLowerCase() === lower) headers.splice(i, 2);
  }
  headers.push(name, value);
}

/** Adds `token` to the Vary header unless it is covered already. */
export function addVary(headers: string[], token: string): void {
  const wanted = token.toLowerCase();
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() !== 'vary') continue;
    const present = headers[i + 1]!.toLowerCase().split(',');
    if (!present.some((part) => part.trim() === wanted || part.trim() === '*')) headers[i + 1] += `, ${token}`;
    return;
  }
  headers.push('Vary', token);
}

/** Name of a header. RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Value of a header, one character a byte. RFC 9110 §5.5. */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Makes headers a handler gave writable: values with characters outside Latin-1 go out as UTF-8 bytes, names and values
 * that HTTP cannot carry are dropped.
 * @param onDrop told of each dropped name.
 */
export function writableHeaders(headers: readonly string[], onDrop: (name: string) => void): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    const text = /[^\x00-\xff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
    if (TOKEN.test(name) && FIELD_VALUE.test(text)) kept.push(name, text);
    else onDrop(name);
  }
  return kept;
}

/** Text for a header: printable ASCII, everything else as a backslash escape, at most `limit` bytes. */
export function headerSafe(text: string, limit: number): string {
  let safe = '';
  for (let i = 0; i < text.length && safe.length < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) safe += '\\n';
    else if (code === 13) safe += '\\r';
    else if (code === 9) safe += '\\t';
    else if (code >= 32 && code < 127) safe += text[i];
    else safe += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return safe.length > limit ? safe.slice(0, limit) : safe;
}
