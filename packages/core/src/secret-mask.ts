/** What stands for a secret. SPEC §4. */
const HIDDEN = '<hidden>';

/** Shorter values occur in any text by chance. */
const MIN_LENGTH = 4;

/** Settings whose names look secret (`AUTH_ENABLED`) often have these; hiding them would make texts unreadable. */
const ORDINARY = /^(?:true|false|null|none)$/i;

/**
 * Makes a mask that hides secret values wherever they stand in a text: a handler may have printed or thrown them. Of a
 * value with several lines each line is hidden, because texts are often seen line by line. Values below 4 characters are
 * not looked for.
 */
export function secretMask(values: Iterable<string>): (text: string) => string {
  const found = new Set<string>();
  for (const value of values) {
    for (const line of [value, ...value.split(/\r?\n/)]) {
      if (line.length >= MIN_LENGTH && !ORDINARY.test(line)) found.add(line);
    }
  }
  if (found.size === 0) return (text) => text;
  // The longest first: one may be part of another.
  const sorted = [...found].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, value) => masked.replaceAll(value, HIDDEN), text);
}
