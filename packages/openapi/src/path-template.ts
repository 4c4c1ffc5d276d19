export interface TemplateParam {
  /** Name inside the braces. */
  readonly name: string;
  readonly catchAll: boolean;
}

export interface PathTemplate {
  /** E.g. `/users/{id}`. A catch-all looks like a parameter; OpenAPI has no other notation. */
  readonly path: string;
  readonly params: readonly TemplateParam[];
}

interface Placeholder {
  readonly name: string;
  readonly catchAll: boolean;
}

/** A route's pattern as an OpenAPI path. Literals are percent-encoded where braces or URLs give them a meaning. */
export function toPathTemplate(pattern: string): PathTemplate {
  const params: TemplateParam[] = [];
  const parts = segmentsOf(pattern).map((segment) => {
    const placeholder = parsePlaceholder(segment);
    if (placeholder === null) return encodeLiteral(segment);
    // OpenAPI wants each name once in a path; `/[id]/[id]` is a legal route.
    const name = freeName(placeholder.name, (taken) => params.some((param) => param.name === taken));
    params.push({ name, catchAll: placeholder.catchAll });
    return `{${name}}`;
  });
  return { path: `/${parts.join('/')}`, params };
}

/** Equal for patterns that cover the same URLs and differ in parameter names only: OpenAPI allows one path for them. */
export function patternShape(pattern: string): string {
  return segmentsOf(pattern)
    .map((segment) => {
      const placeholder = parsePlaceholder(segment);
      return placeholder === null ? encodeLiteral(segment) : placeholder.catchAll ? '*' : ':';
    })
    .join('/');
}

/** Names under which the handler of this pattern receives its parameters, by position. */
export function patternNames(pattern: string): readonly string[] {
  return segmentsOf(pattern).flatMap((segment) => parsePlaceholder(segment)?.name ?? []);
}

/** `name`, or `name_2`, `name_3`… */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let count = 2; isTaken(free); count++) free = `${name}_${count}`;
  return free;
}

export function segmentsOf(pattern: string): string[] {
  return pattern.split('/').filter((segment) => segment !== '');
}

export function parsePlaceholder(segment: string): Placeholder | null {
  if (segment === '*') return { name: 'wildcard', catchAll: true };
  if (!segment.startsWith(':')) return null;
  return segment.endsWith('*')
    ? { name: segment.slice(1, -1), catchAll: true }
    : { name: segment.slice(1), catchAll: false };
}

function encodeLiteral(text: string): string {
  // A lone surrogate cannot be encoded, and no URL can hold one.
  return encodeURI(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
    .replaceAll('?', '%3F')
    .replaceAll('#', '%23');
}
