import { stripVTControlCharacters } from 'node:util';

/** What is kept of a tool's output: its end, for there tools say what is wrong. */
const MAX_LINES = 200;
const MAX_LINE_CHARS = 2_000;

/** Parts of a registry's URL, or of what npm prints of its settings, that are secrets. */
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const TOKEN = /(_auth(?:Token)?|_password|password|token)(["']?\s*[=:]\s*["']?)[^\s"']+/gi;

/** Puts the output of a process into lines and keeps the last ones: plain text without credentials. */
export class LineTail {
  readonly lines: string[] = [];
  /** The unfinished line of each stream. */
  readonly #open = new Map<unknown, string>();
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** @param stream whose text it is: lines of two streams are not mixed */
  write(stream: unknown, text: string): void {
    // Progress bars rewrite their line with a carriage return.
    const lines = ((this.#open.get(stream) ?? '') + text).split(/[\r\n]+/);
    this.#open.set(stream, lines.pop()!.slice(-MAX_LINE_CHARS));
    for (const line of lines) this.#add(line);
  }

  /** Nothing more comes. */
  end(): void {
    for (const line of this.#open.values()) this.#add(line);
    this.#open.clear();
  }

  #add(raw: string): void {
    const line = withoutCredentials(stripVTControlCharacters(raw).trimEnd()).slice(0, MAX_LINE_CHARS);
    if (line.trim() === '') return;
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.shift();
    this.#onLine?.(line);
  }
}

export function withoutCredentials(text: string): string {
  return text.replace(USER_INFO, '$1***@').replace(TOKEN, '$1$2***');
}
