/**
 * Text for a terminal or a line of a log. File names and URLs may hold anything: a line break would forge a line, an
 * escape would move the cursor, a change of direction would show another text than there is. Such characters come out
 * as `\uXXXX`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
