import type { DiagnosticCode } from './diagnostics.js';

/** One part of a URL, made from a folder name or from a token of a file name. */
export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'catchAll'; readonly name: string; readonly optional: boolean };

/** Why a name makes no URL. */
export interface NameProblem {
  readonly problem: DiagnosticCode;
  readonly reason: string;
}

const PARAM = /^\[([A-Za-z0-9_]+)\]$/;
const CATCH_ALL = /^\[\.\.\.([A-Za-z0-9_]+)\]$/;
const OPTIONAL_CATCH_ALL = /^\[\[\.\.\.([A-Za-z0-9_]+)\]\]$/;
const FOLDER = /^[A-Za-z0-9_.-]+$/;
const UNSAFE = /[^a-z0-9_-]+/g;
const OUTER_DASHES = /^-+|-+$/g;

/** These tokens stand for the folder itself. */
const VANISHING: ReadonlySet<string> = new Set(['index', 'handler', 'main']);

export function isVanishing(token: string): boolean {
  return VANISHING.has(token.toLowerCase());
}

export function isProblem(value: object): value is NameProblem {
  return 'problem' in value;
}

/** A token of a file name. Null: it adds nothing to the URL (`index`). SPEC §2.1. */
export function tokenSegment(token: string): Segment | NameProblem | null {
  if (token === '' || isVanishing(token)) return null;
  if (token.includes('[') || token.includes(']')) return bracketSegment(token);
  const text = token.toLowerCase().replace(UNSAFE, '-').replace(OUTER_DASHES, '');
  if (text === '') {
    return { problem: 'empty_name', reason: `nothing of "${token}" can stand in a URL` };
  }
  return { kind: 'static', text };
}

/** A folder name. SPEC §2.1, §16: lower-cased in URLs, never vanishing. */
export function folderSegment(name: string): Segment | NameProblem {
  if (name.startsWith('[')) {
    const segment = bracketSegment(name);
    return isProblem(segment) ? { ...segment, problem: 'invalid_folder_name' } : segment;
  }
  if (!FOLDER.test(name)) {
    return { problem: 'invalid_folder_name', reason: `"${name}" has characters that cannot stand in a URL` };
  }
  return { kind: 'static', text: name.toLowerCase() };
}

function bracketSegment(token: string): Segment | NameProblem {
  let match = PARAM.exec(token);
  if (match) return { kind: 'param', name: match[1]! };
  match = CATCH_ALL.exec(token);
  if (match) return { kind: 'catchAll', name: match[1]!, optional: false };
  match = OPTIONAL_CATCH_ALL.exec(token);
  if (match) return { kind: 'catchAll', name: match[1]!, optional: true };
  return { problem: 'invalid_parameter', reason: `"${token}" is no parameter` };
}

/**
 * The route patterns of a path: one, or two where it ends in an optional catch-all (`/shop` and `/shop/:opt*`).
 * Syntax: see `RouteClaim.pattern`.
 */
export function patternsOf(segments: readonly Segment[]): readonly string[] | NameProblem {
  const names = new Set<string>();
  let path = '';
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    if (segment.kind === 'static') {
      path += `/${segment.text}`;
      continue;
    }
    if (names.has(segment.name)) {
      return { problem: 'duplicate_parameter', reason: `the parameter "${segment.name}" occurs twice in the path` };
    }
    names.add(segment.name);
    if (segment.kind === 'param') {
      path += `/:${segment.name}`;
      continue;
    }
    if (i !== segments.length - 1) {
      return { problem: 'catch_all_not_last', reason: `something follows the catch-all "${segment.name}"` };
    }
    const tail = `${path}/:${segment.name}*`;
    return segment.optional ? [path === '' ? '/' : path, tail] : [tail];
  }
  return [path === '' ? '/' : path];
}
