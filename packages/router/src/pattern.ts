import { escapeSegment } from './escape.js';

export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'catchAll'; readonly name: string };

/** A claim's URL, parsed. */
export interface Pattern {
  /** As written, with `//` collapsed and the trailing `/` dropped. */
  readonly text: string;
  readonly segments: readonly Segment[];
  /**
   * The URLs it covers, regardless of how its parameters are called: canonical literals, `:` and `*`. Two patterns with
   * one shape compete; `/a/:id` and `/a/:slug` do.
   */
  readonly shape: string;
  /** Parameter names, left to right. */
  readonly names: readonly string[];
}

const NAME = /^[A-Za-z0-9_]+$/;

/** @returns null for what is no pattern: relative, `.` or `..`, a malformed name, a catch-all before the end. */
export function parsePattern(source: string): Pattern | null {
  if (!source.startsWith('/')) return null;
  const parts = source.split('/').filter((part) => part !== '');
  const segments: Segment[] = [];
  for (const [index, part] of parts.entries()) {
    const segment = parseSegment(part);
    if (segment === null || (segment.kind === 'catchAll' && index < parts.length - 1)) return null;
    segments.push(segment);
  }
  return {
    text: `/${parts.join('/')}`,
    segments,
    shape: `/${segments.map(shapeOf).join('/')}`,
    names: segments.flatMap((segment) => (segment.kind === 'static' ? [] : [segment.name])),
  };
}

function parseSegment(part: string): Segment | null {
  if (part === '*') return { kind: 'catchAll', name: 'wildcard' };
  if (part === '.' || part === '..' || part.includes('\0')) return null;
  if (!part.startsWith(':')) return { kind: 'static', text: part };
  const kind = part.endsWith('*') ? 'catchAll' : 'param';
  const name = part.slice(1, kind === 'catchAll' ? -1 : undefined);
  return NAME.test(name) ? { kind, name } : null;
}

function shapeOf(segment: Segment): string {
  if (segment.kind === 'static') return escapeSegment(segment.text);
  return segment.kind === 'param' ? ':' : '*';
}

/** The pattern in find-my-way's syntax: parameters by position (`:p0`), `::` for a literal colon. */
export function toFindMyWay(pattern: Pattern): string {
  let index = 0;
  const parts = pattern.segments.map((segment) => {
    if (segment.kind === 'static') return escapeSegment(segment.text).replaceAll(':', '::');
    return segment.kind === 'param' ? `:p${index++}` : '*';
  });
  return `/${parts.join('/')}`;
}

const SPECIFICITY = { static: 0, param: 1, catchAll: 2 } as const;

/** Most specific first: static before parameter before catch-all, segment by segment; then a fixed order. */
export function comparePatterns(a: Pattern, b: Pattern): number {
  const shared = Math.min(a.segments.length, b.segments.length);
  for (let index = 0; index < shared; index++) {
    const [left, right] = [a.segments[index]!, b.segments[index]!];
    const byKind = SPECIFICITY[left.kind] - SPECIFICITY[right.kind];
    if (byKind !== 0) return byKind;
    if (left.kind === 'static' && right.kind === 'static' && left.text !== right.text) {
      return compareText(left.text, right.text);
    }
  }
  return a.segments.length - b.segments.length || compareText(a.text, b.text);
}

/** By code unit: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
