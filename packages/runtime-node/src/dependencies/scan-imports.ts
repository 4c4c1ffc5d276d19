/** One module that JavaScript or TypeScript code loads by a literal name. */
export interface NodeImport {
  readonly specifier: string;
  /** `import type`, `export type … from`: gone when the code runs. */
  readonly typeOnly: boolean;
  /** Loaded inside a `try`: the code goes on without it. */
  readonly optional: boolean;
}

/** Static and dynamic imports, re-exports and `require`, with literal names. Guesses on where the source is broken. */
export function scanImports(source: string): NodeImport[] {
  const tokens = tokenize(source);
  const found: NodeImport[] = [];
  /** For each open brace whether it is a `try` block. */
  const braces: boolean[] = [];
  const add = (token: Token | undefined, typeOnly = false): void => {
    if (token?.kind === 'string') found.push({ specifier: token.text, typeOnly, optional: braces.includes(true) });
  };
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind === 'punctuator') {
      if (text === '{') braces.push(isWord(tokens[i - 1], 'try'));
      else if (text === '}') braces.pop();
      continue;
    }
    if (kind !== 'word' || isPunctuator(tokens[i - 1], '.')) continue;
    if (text === 'require') {
      if (isPunctuator(tokens[i + 1], '(') && isPunctuator(tokens[i + 3], ')')) add(tokens[i + 2]);
    } else if (text === 'import') {
      const next = tokens[i + 1];
      if (next?.kind === 'string') add(next);
      else if (isPunctuator(next, '(')) {
        const end = tokens[i + 3];
        if (!isWord(tokens[i - 1], 'typeof') && (isPunctuator(end, ')') || isPunctuator(end, ','))) add(tokens[i + 2]);
      } else readClause(i + 1);
    } else if (text === 'export') readClause(i + 1);
  }
  return found;

  /** From after `import` or `export` to the name after `from`. */
  function readClause(start: number): void {
    const first = tokens[start];
    const isType =
      isWord(first, 'type') &&
      !isPunctuator(tokens[start + 1], ',') &&
      !(isWord(tokens[start + 1], 'from') && tokens[start + 2]?.kind === 'string');
    const clause = isType ? start + 1 : start;
    const isExport = isWord(tokens[start - 1], 'export');
    // `export const from = …` is no re-export.
    if (isExport && !isPunctuator(tokens[clause], '{') && !isPunctuator(tokens[clause], '*')) return;
    for (let i = clause; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (isWord(token, 'from') && tokens[i + 1]?.kind === 'string') {
        add(tokens[i + 1], isType || isAllTypes(tokens.slice(clause, i)));
        return;
      }
      const belongs = token.kind === 'word' || (token.kind === 'punctuator' && '{},*'.includes(token.text));
      if (!belongs && token.kind !== 'string') return;
    }
  }
}

/** `{ type A, type B as C }`, and nothing beside it. */
function isAllTypes(clause: readonly Token[]): boolean {
  if (!isPunctuator(clause[0], '{') || !isPunctuator(clause.at(-1), '}') || clause.length < 4) return false;
  let isStart = true;
  for (const [i, token] of clause.slice(1, -1).entries()) {
    if (isPunctuator(token, ',')) isStart = true;
    else if (isStart) {
      const next = clause[i + 2];
      if (!isWord(token, 'type') || next?.kind !== 'word') return false;
      isStart = false;
    }
  }
  return true;
}

interface Token {
  readonly kind: 'word' | 'string' | 'punctuator' | 'other';
  readonly text: string;
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

function isPunctuator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'punctuator' && token.text === text;
}

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new else do instanceof await yield default'.split(' '),
);
const WORD = /[\p{L}\p{N}_$]+/uy;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** Open braces: true for those of `${` in a template. */
  const braces: boolean[] = [];
  let i = source.startsWith('#!') ? lineEnd(source, 0) : 0;
  while (i < source.length) {
    const char = source[i]!;
    const next = source[i + 1];
    if (/\s/.test(char)) i++;
    else if (char === '/' && next === '/') i = lineEnd(source, i);
    else if (char === '/' && next === '*') {
      const end = source.indexOf('*/', i + 2);
      i = end === -1 ? source.length : end + 2;
    } else if (char === '"' || char === "'") {
      const end = stringEnd(source, i);
      tokens.push({ kind: 'string', text: unescaped(source.slice(i + 1, end - 1)) });
      i = end;
    } else if (char === '`') i = template(i + 1, true);
    else if (char === '/' && regexMayBegin(tokens.at(-1))) {
      i = regexEnd(source, i);
      tokens.push({ kind: 'other', text: '/' });
    } else if (char === '}' && braces.at(-1) === true) {
      braces.pop();
      i = template(i + 1, false);
    } else {
      WORD.lastIndex = i;
      const word = WORD.exec(source)?.[0];
      if (word !== undefined) tokens.push({ kind: /^\d/.test(word) ? 'other' : 'word', text: word });
      else {
        if (char === '{') braces.push(false);
        else if (char === '}') braces.pop();
        tokens.push({ kind: 'punctuator', text: char });
      }
      i += word?.length ?? 1;
    }
  }
  return tokens;

  /** Reads on in a template, to its end or its next `${`. One without any is a string. */
  function template(start: number, isWhole: boolean): number {
    for (let end = start; end < source.length; end++) {
      if (source[end] === '\\') end++;
      else if (source[end] === '`') {
        tokens.push(isWhole ? { kind: 'string', text: source.slice(start, end) } : { kind: 'other', text: '`' });
        return end + 1;
      } else if (source[end] === '$' && source[end + 1] === '{') {
        braces.push(true);
        tokens.push({ kind: 'other', text: '`' });
        return end + 2;
      }
    }
    return source.length;
  }
}

function regexMayBegin(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_REGEX.has(before.text);
  return before.kind === 'punctuator' && !')]}'.includes(before.text);
}

function regexEnd(source: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i];
    if (char === '\\') i++;
    else if (char === '\n') return i;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return i + 1;
  }
  return source.length;
}

/** Index after the closing quote; one that does not close, ends with its line. */
function stringEnd(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === source[start]) return i + 1;
    else if (source[i] === '\n') return i + 1;
  }
  return source.length + 1;
}

function lineEnd(source: string, start: number): number {
  const end = source.indexOf('\n', start);
  return end === -1 ? source.length : end;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text;
}
