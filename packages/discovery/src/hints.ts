import type { Diagnostic, FunctionDocs, Runtime } from '@fastfn/core';
import { diagnose } from './diagnostics.js';

/** Lines of a handler that may hold hints. SPEC §4. */
const MAX_LINES = 80;
const HINT =
  /^\s*(?:\/\/+!?|#+|--+|\/?\*+)\s*@(summary|description|tags|query|body|content_type|deprecated)\b[ \t:]*(.*?)\s*(?:\*\/)?$/;
const PYTHON_DOCSTRING = /^(?:\s*(?:#.*)?\n)*\s*[rR]?("""|''')\s*([^\n]*?)\s*(?:\1|\n)/;

export interface Hints {
  readonly docs: Partial<FunctionDocs>;
  /** 1-based lines whose value is no JSON although it must be. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

const NO_HINTS: Hints = { docs: {}, problems: [] };

/**
 * Documentation in the comments at the top of a handler: `@summary`, `@description`, `@tags`, `@query {json}`,
 * `@body`, `@content_type`, `@deprecated`. `@methods` is accepted and adds nothing: the documentation lists the
 * methods that the route table serves. A Python module docstring's first line is the summary when nothing else is.
 * @param head beginning of the file.
 */
export function parseHints(head: string, runtime: Runtime): Hints {
  const hasHints = head.includes('@');
  const docstring = runtime === 'python' ? PYTHON_DOCSTRING.exec(head)?.[2] : undefined;
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
