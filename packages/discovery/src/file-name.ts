import { HANDLER_EXTENSIONS, type Runtime } from '@fastfn/core';
import { isProblem, isVanishing, type NameProblem, type Segment, tokenSegment } from './segment.js';

/** What the name of a handler file says. */
export interface HandlerName {
  readonly file: string;
  readonly runtime: Runtime;
  /** Upper case; null: the methods of the config, else GET. */
  readonly method: string | null;
  /** Below the URL of its folder. Empty: the folder itself. */
  readonly segments: readonly Segment[];
  /** A route even below a single-entry root: `index`/`handler`/`main`, a method, or a parameter in it. SPEC §2.2-3. */
  readonly explicit: boolean;
  /** Neither method nor segments: it stands for its folder. */
  readonly standsForFolder: boolean;
}

/** A handler file that makes no route because of its name. */
export interface RefusedName extends NameProblem {
  readonly file: string;
  readonly runtime: Runtime;
}

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);
const DECLARATION = /\.d\.[mc]?ts$/;
const TEST = /\.(?:test|spec)$/;
/** Go's own name for tests, which no build of a program contains. */
const GO_TEST = /_test\.go$/;

/** The runtime that runs a file of this name; null: it is no handler file (declarations, other extensions). */
export function runtimeOf(fileName: string): Runtime | null {
  const dot = fileName.lastIndexOf('.');
  if (dot <= 0 || DECLARATION.test(fileName)) return null;
  return HANDLER_EXTENSIONS[fileName.slice(dot)] ?? null;
}

/** Never routes: `_…`, dotfiles, `….test.js`, `….spec.js`, `…_test.go`. SPEC §2.1. */
export function isPrivateName(fileName: string): boolean {
  const first = fileName.charCodeAt(0);
  if (first === 95 /* _ */ || first === 46 /* . */) return true;
  const dot = fileName.lastIndexOf('.');
  return TEST.test(dot > 0 ? fileName.slice(0, dot) : fileName) || GO_TEST.test(fileName);
}

/** Null: no handler file, or a private one. SPEC §2.1. */
export function parseFileName(file: string): HandlerName | RefusedName | null {
  const runtime = runtimeOf(file);
  if (runtime === null || isPrivateName(file)) return null;
  const base = file.slice(0, file.lastIndexOf('.'));
  const tokens = splitTokens(base);

  const methodTokens = tokens.filter((token) => METHODS.has(token.toLowerCase()));
  if (methodTokens.length > 1) {
    const list = methodTokens.map((token) => `"${token}"`).join(' and ');
    return { file, runtime, problem: 'ambiguous_method', reason: `its name has the methods ${list}` };
  }
  const method = METHODS.has(tokens[0]!.toLowerCase()) ? tokens[0]!.toUpperCase() : null;

  const segments: Segment[] = [];
  for (let i = method === null ? 0 : 1; i < tokens.length; i++) {
    const segment = tokenSegment(tokens[i]!);
    if (segment === null) continue;
    if (isProblem(segment)) return { file, runtime, ...segment };
    segments.push(segment);
  }
  const dynamic = segments.some((segment) => segment.kind !== 'static');
  return {
    file,
    runtime,
    method,
    segments,
    explicit: method !== null || dynamic || isVanishing(base),
    standsForFolder: method === null && segments.length === 0,
  };
}

/** Splits on dots outside brackets, so that `[...slug]` stays whole. */
function splitTokens(base: string): string[] {
  if (!base.includes('[')) return base.split('.');
  const tokens: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < base.length; i++) {
    const char = base[i];
    if (char === '[') depth++;
    else if (char === ']') depth = Math.max(0, depth - 1);
    else if (char === '.' && depth === 0) {
      tokens.push(base.slice(start, i));
      start = i + 1;
    }
  }
  tokens.push(base.slice(start));
  return tokens;
}
