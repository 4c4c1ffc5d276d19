/**
 * The headers of a request, looked up by name. Names are lower case and each is there once: values of repeated ones are
 * joined by ", ", cookies by "; " (RFC 9110 §5.3, RFC 6265 §5.4). Kept as a flat list: a request has about ten, most lookups are for
 * a name that is missing, and an object would have another shape for each kind of client.
 */
export class RequestHeaders {
  /** @param list alternating names and values. */
  private constructor(private readonly list: readonly string[]) {}

  /**
   * From what a parser found.
   * @param raw alternating names, in any case, and values.
   */
  static fromRaw(raw: readonly string[]): RequestHeaders {
    const list: string[] = [];
    const index = raw.length > MANY ? new Map<string, number>() : null;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = lowerCase(raw[i]!);
      const value = raw[i + 1]!;
      const known = index === null ? indexOf(list, name) : (index.get(name) ?? -1);
      if (known === -1) {
        index?.set(name, list.length);
        list.push(name, value);
      } else list[known + 1] += (name === 'cookie' ? '; ' : ', ') + value;
    }
    return new RequestHeaders(list);
  }

  /** From names in lower case, as node and stored calls have them. */
  static of(headers: Readonly<Record<string, string | readonly string[] | undefined>>): RequestHeaders {
    const list: string[] = [];
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) list.push(name, typeof value === 'string' ? value : value.join(', '));
    }
    return new RequestHeaders(list);
  }

  /** @param name lower case. */
  get(name: string): string | undefined {
    const index = indexOf(this.list, name);
    return index === -1 ? undefined : this.list[index + 1];
  }

  /** @param name lower case. */
  has(name: string): boolean {
    return indexOf(this.list, name) !== -1;
  }

  /** The text an invocation carries: `name\nvalue\nname\nvalue`. The parser refuses line breaks in values. */
  blob(): string {
    const { list } = this;
    if (list.length === 0) return '';
    let blob = list[0]!;
    for (let i = 1; i < list.length; i++) blob += `\n${list[i]}`;
    return blob;
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.list.length; i += 2) yield [this.list[i]!, this.list[i + 1]!];
  }
}

/** Beyond so many strings repeated names are looked for with an index: a client must not make us compare each with each. */
const MANY = 64;

function indexOf(list: readonly string[], name: string): number {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}

/** Spellings that clients use, so that the usual names need not be made anew with each request. */
// biome-ignore format: a word list
const USUAL: ReadonlyMap<string, string> = new Map(
  [
    'Accept', 'Accept-Encoding', 'Accept-Language', 'Authorization', 'Cache-Control', 'Connection', 'Content-Length',
    'Content-Type', 'Cookie', 'DNT', 'Host', 'If-Modified-Since', 'If-None-Match', 'Origin', 'Pragma', 'Priority', 'Range', 'Referer',
    'Sec-CH-UA', 'Sec-CH-UA-Mobile', 'Sec-CH-UA-Platform', 'Sec-Fetch-Dest', 'Sec-Fetch-Mode', 'Sec-Fetch-Site',
    'Sec-Fetch-User', 'Transfer-Encoding', 'Upgrade-Insecure-Requests', 'User-Agent', 'X-Forwarded-For',
    'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Real-IP', 'X-Request-Id', 'X-Requested-With', 'traceparent', 'tracestate',
  ].flatMap((name) => [[name, name.toLowerCase()] as const, [name.toLowerCase(), name.toLowerCase()] as const]),
);

function lowerCase(name: string): string {
  return USUAL.get(name) ?? name.toLowerCase();
}
