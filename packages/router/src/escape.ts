/**
 * The canonical path: the form in which URL and pattern meet. Each segment is percent-decoded once, then the few
 * characters that mean something to the path itself or to find-my-way (`/ % ? # *`) are written as ESC and a digit.
 * So `%2F` never splits a segment, and find-my-way finds nothing to decode, strip or interpret.
 */
const ESC = '\u0001';
const SPECIAL = '\u0001/%?#*';

/** A path that is not its own canonical form: something to decode, escape, collapse or drop. */
const UNTIDY = /[%?#*\u0000\u0001]|\/\/|\/$/;

export function isCanonical(path: string): boolean {
  return !UNTIDY.test(path);
}

/** Decoded text of one segment → its canonical form. */
export function escapeSegment(text: string): string {
  return text.replace(/[\u0001/%?#*]/g, (char) => ESC + SPECIAL.indexOf(char));
}

/** The inverse; also for the tail of a catch-all, whose separators are real slashes. */
export function unescapeText(text: string): string {
  return text.includes(ESC) ? text.replace(/\u0001(\d)/g, (_, digit: string) => SPECIAL[Number(digit)] ?? '') : text;
}

/**
 * Raw path → canonical path: `//` collapses, a trailing `/` goes, every segment is decoded once.
 * @returns null when an escape does not decode (cut short, not hexadecimal, overlong or invalid UTF-8) or gives NUL,
 * which no file name, header or database key survives.
 */
export function canonicalPath(path: string): string | null {
  let canonical = '';
  for (const segment of path.split('/')) {
    if (segment === '') continue;
    const text = segment.includes('%') ? decode(segment) : segment;
    if (text === null || text.includes('\0')) return null;
    canonical += `/${escapeSegment(text)}`;
  }
  return canonical === '' ? '/' : canonical;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
