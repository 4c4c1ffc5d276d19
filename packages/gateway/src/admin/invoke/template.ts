import type { PathParams } from '@fastfn/core';

/** A pattern filled with parameters. */
export interface FilledPattern {
  /** Percent-encoded. */
  readonly path: string;
  readonly params: PathParams;
  readonly missing?: never;
}

/** Names of the parameters that a pattern lacks. */
export interface UnfilledPattern {
  readonly missing: readonly string[];
}

/** Whether a route as people write it has parameters. */
export function isTemplate(route: string): boolean {
  return /\/(?::|\*|\[|\{)/.test(route);
}

/** `/users/{id}`, `/users/[id]`, `/users/:id` → `/users/:id`; `/[...x]`, `/{x*}` → `/:x*`. */
export function toPattern(route: string): string {
  const segments = route.split('/').filter((segment) => segment !== '');
  return `/${segments.map(toSegment).join('/')}`;
}

function toSegment(segment: string): string {
  const catchAll = /^(?:\[\.\.\.(\w+)\]|\{(\w+)\*\})$/.exec(segment);
  if (catchAll) return `:${catchAll[1] ?? catchAll[2]}*`;
  const param = /^(?:\[(\w+)\]|\{(\w+)\})$/.exec(segment);
  return param ? `:${param[1] ?? param[2]}` : segment;
}

/**
 * Puts parameters into a pattern of the route table, percent-encoded: `/` stays one only in a catch-all. What the pattern
 * does not ask for is left out.
 */
export function fill(pattern: string, given: PathParams): FilledPattern | UnfilledPattern {
  const missing: string[] = [];
  const params: Record<string, string> = {};
  const segments = pattern.split('/').map((segment) => {
    if (segment !== '*' && !segment.startsWith(':')) return segment;
    const catchAll = segment.endsWith('*');
    const name = segment === '*' ? 'wildcard' : segment.slice(1, catchAll ? -1 : undefined);
    const value = Object.hasOwn(given, name) ? given[name]! : '';
    if (value === '') {
      missing.push(name);
      return '';
    }
    params[name] = value;
    return catchAll ? value.split('/').map(encode).join('/') : encode(value);
  });
  return missing.length > 0 ? { missing } : { path: segments.join('/'), params };
}

/** Percent-encodes text for one segment of a path. */
export function encode(text: string): string {
  // A lone surrogate has no UTF-8: it goes out as the replacement character.
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
