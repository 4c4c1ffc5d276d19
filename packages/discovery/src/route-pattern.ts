/** Outcome of checking a route that a person wrote in a config file. */
export type CheckedPattern =
  | { readonly ok: true; readonly pattern: string }
  | {
      readonly ok: false;
      readonly code: 'invalid_route' | 'reserved_route';
      readonly reason: string;
      readonly fix?: string;
    };

const PARAM = /^:[A-Za-z0-9_]+$/;
const CATCH_ALL = /^:[A-Za-z0-9_]+\*$/;
// Space and control characters, what ends a path, what other tools use for parameters.
const UNFIT = /[\s\u0000-\u001f\u007f?#\\]/;

/** `/_fn` and `/console` and what is below them. SPEC §2.1. */
export function isReserved(pattern: string): boolean {
  const end = pattern.indexOf('/', 1);
  const first = (end === -1 ? pattern.slice(1) : pattern.slice(1, end)).toLowerCase();
  return first === '_fn' || first === 'console';
}

/** Checks and normalises (`//` collapses, a trailing `/` goes) a route of `invoke.routes` or `fn.routes.json`. */
export function checkPattern(text: string): CheckedPattern {
  const refuse = (reason: string, fix?: string): CheckedPattern => ({ ok: false, code: 'invalid_route', reason, fix });
  if (!text.startsWith('/')) return refuse('it does not begin with "/"', `Write "/${text}".`);
  if (UNFIT.test(text)) return refuse('it contains a space, "?", "#" or another character that a path cannot have');
  const segments = text.split('/').filter((segment) => segment !== '');
  const names = new Set<string>();
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    const last = i === segments.length - 1;
    if (segment === '..' || segment === '.') return refuse(`"${segment}" is not allowed in it`);
    if (/[[\]{}]/.test(segment)) return refuse(`"${segment}" is no parameter here`, 'Write a parameter as `:name`.');
    if (segment === '*' || CATCH_ALL.test(segment)) {
      if (!last) return refuse(`"${segment}" must be its last segment`);
    } else if (segment.includes('*') || (segment.includes(':') && !PARAM.test(segment))) {
      return refuse(`"${segment}" is neither plain text nor a parameter`);
    }
    const name = segment === '*' ? 'wildcard' : segment.startsWith(':') ? segment.replace(/[:*]/g, '') : null;
    if (name === null) continue;
    if (names.has(name)) return refuse(`the parameter "${name}" occurs twice`);
    names.add(name);
  }
  const pattern = `/${segments.join('/')}`;
  if (isReserved(pattern)) return { ok: false, code: 'reserved_route', reason: 'it is reserved' };
  return { ok: true, pattern };
}
