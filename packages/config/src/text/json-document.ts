import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { brokenDocument, dotted, type Path, type TextDocument, type TextProblem } from './document.js';

/** Deeper nesting is no configuration; it would only exhaust the stack. */
const MAX_DEPTH = 64;
/** After the first mistakes the rest of a broken file is mostly echo. */
const MAX_SYNTAX_PROBLEMS = 3;

/**
 * Parses JSON with comments and trailing commas. A key written twice counts with its last value, with a warning;
 * `__proto__` is dropped with a warning.
 */
export function parseJsonDocument(text: string): TextDocument {
  const lineAt = lineCounter(text);
  if (depthExceeds(text, MAX_DEPTH)) {
    return brokenDocument({ message: `It is nested deeper than ${MAX_DEPTH} levels.`, fix: 'Flatten it.' });
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  if (!tree && errors.every((error) => printParseErrorCode(error.error) === 'ValueExpected')) {
    // Also what an editor leaves for a moment while it saves: an error keeps the last good value.
    return brokenDocument({ message: 'It is empty.', fix: 'Write at least {}, or remove the file.', line: 1 });
  }
  if (!tree || errors.length > 0) {
    return { ...brokenDocument({ message: '' }), problems: syntaxProblems(errors, lineAt) };
  }

  const problems: TextProblem[] = [];
  const value = toValue(tree, [], (problem, offset) => problems.push({ ...problem, line: lineAt(offset) }));
  return {
    value,
    problems,
    lineOf(path) {
      const node = locate(tree, path);
      return node && lineAt((node.parent?.type === 'property' ? node.parent : node).offset);
    },
    sourceOf(path) {
      const node = locate(tree, path);
      return node && text.slice(node.offset, node.offset + node.length);
    },
  };
}

/** The node at a path, or at the deepest part of it that exists (a missing key is reported at its object). */
function locate(tree: Node, path: Path): Node | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node;
  }
  return undefined;
}

function toValue(node: Node, path: Path, report: (problem: TextProblem, offset: number) => void): unknown {
  if (node.type === 'array') return (node.children ?? []).map((child, i) => toValue(child, [...path, i], report));
  if (node.type !== 'object') return node.value;
  const object: Record<string, unknown> = {};
  for (const property of node.children ?? []) {
    const [keyNode, valueNode] = property.children ?? [];
    if (!keyNode || !valueNode) continue;
    const key = keyNode.value as string;
    const here = [...path, key];
    if (key === '__proto__') {
      const message = `"${dotted(here)}" is ignored: the name is reserved by JavaScript.`;
      report(
        { severity: 'warning', code: 'unknown_key', key: dotted(here), message, fix: 'Remove it.' },
        property.offset,
      );
      continue;
    }
    if (Object.hasOwn(object, key)) {
      const message = `"${dotted(here)}" stands twice; the last one counts.`;
      report(
        { severity: 'warning', code: 'duplicate_key', key: dotted(here), message, fix: 'Remove one of them.' },
        property.offset,
      );
    }
    object[key] = toValue(valueNode, here, report);
  }
  return object;
}

// The library's own enum is `const` and cannot be imported under isolatedModules.
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const END = 17;

/** jsonc-parser recurses, so depth is measured by its flat scanner first. */
function depthExceeds(text: string, limit: number): boolean {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) {
      if (++depth > limit) return true;
    } else if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth--;
  }
  return false;
}

const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'There is a word that JSON does not know; text needs double quotes',
  InvalidNumberFormat: 'A number is malformed',
  PropertyNameExpected: 'A key in double quotes is expected',
  ValueExpected: 'A value is expected',
  ColonExpected: 'A colon is expected after the key',
  CommaExpected: 'A comma is missing',
  CloseBraceExpected: 'A closing } is missing',
  CloseBracketExpected: 'A closing ] is missing',
  EndOfFileExpected: 'Something stands after the end of the object',
  InvalidCommentToken: 'A comment is malformed',
  UnexpectedEndOfComment: 'A comment is not closed',
  UnexpectedEndOfString: 'A text is not closed by a double quote',
  UnexpectedEndOfNumber: 'A number is malformed',
  InvalidUnicode: 'A \\u escape is malformed',
  InvalidEscapeCharacter: 'A backslash escape is malformed',
  InvalidCharacter: 'A text holds a control character; write it as an escape',
};

function syntaxProblems(errors: readonly ParseError[], lineAt: (offset: number) => number): TextProblem[] {
  const byLine = new Map<number, TextProblem>();
  for (const { error, offset } of errors) {
    const line = lineAt(offset);
    if (byLine.has(line)) continue;
    if (byLine.size === MAX_SYNTAX_PROBLEMS) break;
    const what = SYNTAX_MESSAGES[printParseErrorCode(error)] ?? 'It is no valid JSON';
    byLine.set(line, {
      severity: 'error',
      code: 'invalid_config',
      message: `${what} (line ${line}).`,
      fix: 'Mend the JSON; comments and trailing commas are fine.',
      line,
    });
  }
  return [...byLine.values()];
}

function lineCounter(text: string): (offset: number) => number {
  return (offset) => {
    let line = 1;
    for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++;
    return line;
  };
}
