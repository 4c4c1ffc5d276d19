import type { RouteClaim, RouteTable } from '@fastfn/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRouteTable } from './compile.js';
import { claim, fn, manifest } from './fixtures.js';

const FUNCTIONS = [fn('a'), fn('b'), fn('c', { runtime: 'python' }), fn('d', { runtime: 'php', version: 'v2' })];
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS'];
const HOSTS = ['h.test', 'h.test:81', 'x.h.test', '*.h.test', '*.x.h.test'];
const REQUEST_HOSTS = ['', 'h.test', 'h.test:81', 'x.h.test', 'y.x.h.test:81', 'else.test'];

/** Few names, so that claims meet; hostile characters, so that nothing is parsed twice. */
const literal = fc.constantFrom('a', 'b', 'ab', 'A', 'a:b', '%', '*x', 'a%2Fb', '?', '#', '\u0001', 'é', '__proto__');
const segment = fc.oneof({ weight: 3, arbitrary: literal }, { weight: 2, arbitrary: fc.constantFrom(':p', ':q') });
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '', '', ':rest*', '*'))
  .map(([segments, tail]) => `/${[...segments, tail].filter((part) => part !== '').join('/')}`);
const aClaim: fc.Arbitrary<RouteClaim> = fc
  .record({
    pattern,
    methods: fc.uniqueArray(fc.constantFrom(...METHODS), { minLength: 1 }),
    hosts: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 3 })),
    owner: fc.constantFrom(...FUNCTIONS),
    rank: fc.constantFrom(1, 2, 3),
    force: fc.boolean(),
  })
  .map(({ pattern: url, methods, hosts, owner, rank, force }) =>
    claim(`${methods.join()} ${url}`, owner, { hosts, rank: rank as 1 | 2 | 3, force: force && rank === 3 }),
  );
const claims = fc.array(aClaim, { maxLength: 12 });

const path = fc
  .array(fc.oneof(literal.map(encodeURIComponent), literal, fc.string(), fc.constantFrom('', '%2F', '%', '%00')), {
    maxLength: 5,
  })
  .map((segments) => `/${segments.join('/')}`);

/** What a match says, without object identities. */
function outcome(table: RouteTable, method: string, host: string, url: string): unknown {
  const match = table.match(method, host, url);
  if (match.kind === 'route') return { fn: match.route.fn.key, params: Object.entries(match.params) };
  if (match.kind === 'method') return { allow: match.allow };
  return match.kind;
}

describe('any manifest', () => {
  it('matches as the reference does', () => {
    fc.assert(
      fc.property(
        claims,
        path,
        fc.constantFrom(...METHODS, 'PUT'),
        fc.constantFrom(...REQUEST_HOSTS),
        (all, url, method, host) => {
          expect(outcome(compileRouteTable(manifest(all)), method, host, url)).toEqual(
            reference(all, method, host, url),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('means the same in any order', () => {
    fc.assert(
      fc.property(
        claims.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        fc.array(path, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...REQUEST_HOSTS),
        ([all, shuffled], urls, host) => {
          const [one, other] = [compileRouteTable(manifest(all)), compileRouteTable(manifest(shuffled))];
          for (const url of urls) {
            expect(outcome(one, 'GET', host, url)).toEqual(outcome(other, 'GET', host, url));
          }
          expect(one.routes.map(({ pattern: text, fn: { key } }) => `${text} ${key}`)).toEqual(
            other.routes.map(({ pattern: text, fn: { key } }) => `${text} ${key}`),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leads the URL of each claim to that claim, or says who has it', () => {
    fc.assert(
      fc.property(claims, (all) => {
        const table = compileRouteTable(manifest(all));
        for (const { pattern: text, methods, hosts, fn: owner } of all) {
          // Values that no literal has, so that no static URL is nearer.
          const url = text
            .split('/')
            .map((part) => (part.startsWith(':') || part === '*' ? 'zz' : encodeURIComponent(part)))
            .join('/');
          const host = (hosts[0] ?? 'else.test').replace('*', 'deep');
          const match = table.match(methods[0]!, host, url);
          if (match.kind === 'route') {
            const told = table.diagnostics.some(
              ({ code, file }) => /replaced|refused/.test(code) && file === `${owner.runtime}/${owner.name}`,
            );
            const lostToHost = match.route.hosts.length > 0;
            const moreSpecific = match.route.pattern !== text;
            expect(match.route.fn === owner || told || lostToHost || moreSpecific).toBe(true);
          } else {
            // HEAD and OPTIONS may be answered by a nearer URL on their own.
            expect(match.kind === 'conflict' || (methods[0] === 'OPTIONS' && match.kind === 'method')).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('survives any path', () => {
    const table = compileRouteTable(manifest([claim('GET /a/:p', FUNCTIONS[0]!), claim('GET /:rest*', FUNCTIONS[1]!)]));
    const kinds = ['route', 'none', 'malformed'];
    fc.assert(
      fc.property(fc.string(), fc.string(), (url, host) => {
        expect(kinds).toContain(table.match('GET', host, url).kind);
        expect(kinds).toContain(table.match('GET', host, `/${url}`).kind);
      }),
    );
  });
});

/** The rules of SPEC §2.4 and §3 once more, by trying everything: slow, plain, and sharing no code with the router. */
function reference(all: readonly RouteClaim[], method: string, host: string, url: string): unknown {
  let parts: string[];
  try {
    parts = url
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return 'malformed';
  }
  if (parts.some((part) => part.includes('\0'))) return 'malformed';

  const fitting = all.filter((one) => paramsOf(one.pattern, parts) !== null);
  const shapes = [...new Set(fitting.map((one) => shape(one.pattern)))].sort();
  let anyHost = false;
  const allow = new Set<string>();
  let found: unknown = null;
  for (const one of shapes) {
    const here = fitting.filter((other) => shape(other.pattern) === one);
    const hosts = HOST_ORDER.filter((h) => hostFits(h, host) && here.some((c) => keys(c).includes(h)));
    if (hosts.length === 0) continue;
    anyHost = true;
    for (const h of hosts) {
      const there = here.filter((c) => keys(c).includes(h));
      for (const c of there) for (const m of c.methods) allow.add(m);
      const exact = there.filter((c) => c.methods.includes(method));
      const heads = exact.length === 0 && method === 'HEAD' ? there.filter((c) => c.methods.includes('GET')) : exact;
      if (heads.length > 0) found ??= decide(heads, parts);
    }
    if (method === 'OPTIONS') found ??= 'implied';
  }
  if (found !== null && found !== 'implied') return found;
  if (fitting.length === 0) return 'none';
  if (!anyHost) return 'host';
  if (allow.has('GET')) allow.add('HEAD');
  return { allow: [...allow.add('OPTIONS')].sort() };
}

const HOST_ORDER = ['h.test:81', 'h.test', 'x.h.test', '*.x.h.test', '*.h.test', ''];

function keys(one: RouteClaim): readonly string[] {
  return one.hosts.length === 0 ? [''] : one.hosts;
}

function hostFits(wanted: string, host: string): boolean {
  const name = host.split(':')[0]!;
  if (wanted === '' || wanted === host || wanted === name) return true;
  return wanted.startsWith('*') && name.endsWith(wanted.slice(1));
}

/** Sorts as text: static `0…` before parameter `1` before catch-all `2`. */
function shape(text: string): string {
  const parts = text.split('/').filter((part) => part !== '');
  return parts
    .map((part) => (part.endsWith('*') && (part === '*' || part[0] === ':') ? '2' : part[0] === ':' ? '1' : `0${part}`))
    .join('\u0000');
}

function paramsOf(text: string, parts: readonly string[]): [string, string][] | null {
  const wanted = text.split('/').filter((part) => part !== '');
  const params: Record<string, string> = Object.create(null);
  for (const [index, want] of wanted.entries()) {
    if (index >= parts.length) return null;
    if (want === '*' || (want[0] === ':' && want.endsWith('*'))) {
      params[want === '*' ? 'wildcard' : want.slice(1, -1)] = parts.slice(index).join('/');
      return Object.entries(params);
    }
    if (want[0] === ':') params[want.slice(1)] = parts[index]!;
    else if (want !== parts[index]) return null;
  }
  return wanted.length === parts.length ? Object.entries(params) : null;
}

function decide(here: readonly RouteClaim[], parts: readonly string[]): unknown {
  const level = ({ rank, force, fn: owner }: RouteClaim) =>
    rank === 1 ? 2 : rank === 2 ? 3 : force && owner.version === 'default' ? 4 : 1;
  const top = here.filter((one) => level(one) === Math.max(...here.map(level)));
  if (new Set(top.map((one) => one.fn.key)).size > 1) return 'conflict';
  const [first] = [...top].sort((a, b) => (a.pattern < b.pattern ? -1 : a.pattern > b.pattern ? 1 : 0));
  return { fn: first!.fn.key, params: paramsOf(first!.pattern, parts) };
}
