/** One module that Python code imports. */
export interface PythonImport {
  /** Dotted; empty for `from . import x`. */
  readonly module: string;
  /** What `from … import` takes of it; they may be modules too. */
  readonly names: readonly string[];
  /** Leading dots: 0 is an absolute import. */
  readonly level: number;
  /** Guarded by `except ImportError`: the code goes on without it. */
  readonly optional: boolean;
}

interface Block {
  readonly indent: number;
  /** Of a `try`: whether a failing import is caught. Null: another kind of block. */
  readonly attempt: { guarded: boolean } | null;
}

const HEADER = /^(try|else|finally|(?:el)?if\b[^:]*|except\b[^:]*|with\b[^:]*|for\b[^:]*|while\b[^:]*)\s*:(.*)$/s;
const CATCHES = /^except(?:\s*\*?\s*$|.*\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b)/s;
const TYPING_ONLY = /^if\s+(?:\w+\.)?TYPE_CHECKING$/;

/**
 * The imports of a Python source, wherever they stand, but for those that only type checkers see. Reads line by line what
 * Python's grammar allows, and guesses on where the source is broken: the interpreter will tell of that.
 */
export function scanImports(source: string): PythonImport[] {
  const found: { readonly statement: Omit<PythonImport, 'optional'>; readonly attempts: { guarded: boolean }[] }[] = [];
  const blocks: Block[] = [];
  /** The `try` that an `except` of the same indent belongs to. */
  const lastTry = new Map<number, { guarded: boolean }>();

  for (const { indent, text } of logicalLines(source)) {
    while (blocks.length > 0 && blocks.at(-1)!.indent >= indent) blocks.pop();
    for (const statement of text.split(';')) read(statement.trim(), indent);
  }
  return found.map(({ statement, attempts }) => ({ ...statement, optional: attempts.some((one) => one.guarded) }));

  function read(statement: string, indent: number): void {
    const header = HEADER.exec(statement);
    if (header !== null) {
      const [, head, rest] = header as unknown as [string, string, string];
      blocks.push({ indent, attempt: enter(head.trim(), indent) });
      read(rest.trim(), indent);
      return;
    }
    const attempts = blocks.flatMap(({ attempt }) => attempt ?? []);
    for (const one of importsOf(statement)) found.push({ statement: one, attempts });
  }

  function enter(head: string, indent: number): { guarded: boolean } | null {
    if (head === 'try') {
      const attempt = { guarded: false };
      lastTry.set(indent, attempt);
      return attempt;
    }
    if (CATCHES.test(head)) {
      const attempt = lastTry.get(indent);
      if (attempt) attempt.guarded = true;
      // What is imported in its place may be missing as well.
      return { guarded: true };
    }
    return TYPING_ONLY.test(head) ? { guarded: true } : null;
  }
}

function importsOf(statement: string): Omit<PythonImport, 'optional'>[] {
  const plain = /^import\s+(.+)$/s.exec(statement);
  if (plain !== null) {
    return namesIn(plain[1]!).map((module) => ({ module, names: [], level: 0 }));
  }
  const from = /^from\s*(\.*)\s*([^\s().]+(?:\s*\.\s*[^\s().]+)*)?\s*\bimport\b(.+)$/s.exec(statement);
  if (from === null) return [];
  const [, dots = '', module = '', names = ''] = from;
  if (dots === '' && module === '') return [];
  return [{ module: module.replace(/\s/g, ''), names: namesIn(names.replace(/[()]/g, ' ')), level: dots.length }];
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim().split(/\s+/)[0]!.trim())
    .filter((name) => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name));
}

/** Lines as Python sees them: brackets and backslashes join, comments and contents of strings are gone. */
function logicalLines(source: string): { indent: number; text: string }[] {
  const lines: { indent: number; text: string }[] = [];
  let text = '';
  let depth = 0;
  const finish = (): void => {
    const trimmed = text.trim();
    if (trimmed !== '') lines.push({ indent: indentOf(text), text: trimmed });
    text = '';
    depth = 0;
  };
  for (let i = 0; i < source.length; ) {
    const char = source[i]!;
    if (char === '#') {
      const end = source.indexOf('\n', i);
      i = end === -1 ? source.length : end;
    } else if (char === '"' || char === "'") {
      i = endOfString(source, i);
      text += '""';
    } else if (char === '\\' && /[\r\n]/.test(source[i + 1] ?? '')) {
      text += ' ';
      i += source[i + 1] === '\r' && source[i + 2] === '\n' ? 3 : 2;
    } else if (char === '\n' || char === '\r') {
      if (depth > 0) text += ' ';
      else finish();
      i++;
    } else {
      if ('([{'.includes(char)) depth++;
      else if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
      text += char;
      i++;
    }
  }
  finish();
  return lines;
}

/** Index after a string literal; one that does not end, ends with its line. */
function endOfString(source: string, start: number): number {
  const quote = source[start]!;
  const triple = source.startsWith(quote.repeat(3), start);
  const mark = triple ? quote.repeat(3) : quote;
  for (let i = start + mark.length; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source.startsWith(mark, i)) return i + mark.length;
    else if (!triple && source[i] === '\n') return i;
  }
  return source.length;
}

function indentOf(line: string): number {
  let indent = 0;
  for (const char of line) {
    if (char === ' ') indent++;
    else if (char === '\t') indent += 8 - (indent % 8);
    else break;
  }
  return indent;
}
