/** Whether a byte continues a character of UTF-8. */
function continues(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/**
 * Cuts text into pieces of at most `maxBytes` of UTF-8, never inside a character.
 * @param maxBytes at least 4
 */
export function* piecesOf(text: string, maxBytes: number): Generator<string> {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= maxBytes) {
    if (text.length > 0) yield text;
    return;
  }
  const bytes = Buffer.from(text);
  let at = 0;
  while (at < bytes.length) {
    const end = cutBefore(bytes, Math.min(at + maxBytes, bytes.length));
    yield bytes.toString('utf8', at, end);
    at = end;
  }
}

/** The longest prefix of at most `maxBytes`. */
export function prefixOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes ? text : bytes.toString('utf8', 0, cutBefore(bytes, maxBytes));
}

function cutBefore(bytes: Uint8Array, end: number): number {
  let cut = end;
  while (cut < bytes.length && cut > 0 && continues(bytes[cut]!)) cut--;
  return cut;
}
