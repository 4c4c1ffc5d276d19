import type { Diagnostic, FunctionDocs, Runtime } from '@fastfn/core';
import { diagnose } from './diagnostics.js';

/** Lines of a handler that may hold hints. SPEC §4. */
const MAX_LINES = 80;
const HINT =
  /^\s*(?:\/\/+!?|#+|--+|\/?\*+)\s*@(summary|description|tags|query|body|content_type|deprecated)\b[ \t:]*(.*?)\s*(?:\*\/)?$/;
const PYTHON_DOCSTRING = /^(?:\s*(?:#.*)?\n)*\s*[rR]?("""|''')\s*([^\n]*?)\s*(?:\1|\n)/;

const DOC_COMMENT = /^(?:#![^\n]*\n)?\s*(?:<\?php)?\s*\/\*\*([\s\S]*?)\*\//;
// Who owns a file is no summary of what it does.
const LEGAL = /copyright|license|licence|spdx/i;

export interface Hints {
  readonly docs: Partial<FunctionDocs>;
  /** 1-based lines whose value is no JSON although it must be. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

export const NO_HINTS: Hints = { docs: {}, problems: [] };

/**
 * Documentation in the comments at the top of a handler: `@summary`, `@description`, `@tags`, `@query {json}`,
 * `@body`, `@content_type`, `@deprecated`. `@methods` is accepted and adds nothing: the documentation lists the
 * methods that the route table serves. The first line of a docstring that opens the file is the summary when nothing
 * else is.
 * @param head beginning of the file.
 */
export function parseHints(head: string, runtime: Runtime): Hints {
  const hasHints = head.includes('@');
  const docstring = docstringOf(head, runtime);
  if (!hasHints && !docstring) return NO_HINTS;

  const docs: { -readonly [K in keyof FunctionDocs]?: FunctionDocs[K] } = {};
  const problems: { line: number; message: string }[] = [];
  if (docstring) docs.summary = docstring;
  const lines = hasHints ? head.split('\n', MAX_LINES) : [];
  for (let i = 0; i < lines.length; i++) {
    const match = HINT.exec(lines[i]!);
    if (!match) continue;
    const value = match[2]!;
    switch (match[1]) {
      case 'summary':
        if (value !== '') docs.summary = value;
        break;
      case 'description':
        if (value !== '') docs.description = value;
        break;
      case 'content_type':
        if (value !== '') docs.contentType = value;
        break;
      case 'deprecated':
        docs.deprecated = value !== 'false';
        break;
      case 'tags':
        docs.tags = value
          .split(',')
          .map((tag) => tag.trim())
          .filter((tag) => tag !== '');
        break;
      case 'query': {
        const query = parseJson(value);
        if (typeof query === 'object' && query !== null && !Array.isArray(query)) {
          docs.query = query as Record<string, unknown>;
        } else problems.push({ line: i + 1, message: '`@query` must be followed by a JSON object on the same line.' });
        break;
      }
      case 'body': {
        // A body example may be any text; what looks like JSON is taken as JSON.
        const body = parseJson(value);
        docs.body = body === undefined ? value : body;
        break;
      }
    }
  }
  return { docs, problems };
}

export function hintDiagnostics(hints: Hints, file: string): Diagnostic[] {
  return hints.problems.map(({ line, message }) => diagnose('invalid_hint', file, message, { line }));
}

/** First line of the docstring (Python) or the doc comment (JavaScript, TypeScript, PHP) that opens a file. */
function docstringOf(head: string, runtime: Runtime): string | undefined {
  if (runtime === 'python') return PYTHON_DOCSTRING.exec(head)?.[2];
  if (runtime !== 'node' && runtime !== 'php') return undefined;
  const comment = DOC_COMMENT.exec(head)?.[1];
  if (comment === undefined || LEGAL.test(comment)) return undefined;
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*?\s*/, '').trimEnd());
  const first = lines.find((line) => line !== '');
  return first?.startsWith('@') ? undefined : first;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
