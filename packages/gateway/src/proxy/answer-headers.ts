/** Digits a length may have: up to a petabyte, exact as a number. */
const LENGTH = /^\d{1,15}$/;

/**
 * Headers of an upstream's answer without those that its `Connection` names: they were for this hop (RFC 9110 §7.6.1).
 * @param raw alternating names and values.
 */
export function answerHeaders(raw: readonly string[]): readonly string[] {
  const named = new Set<string>();
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.toLowerCase() !== 'connection') continue;
    for (const option of raw[i + 1]!.split(',')) named.add(option.trim().toLowerCase());
  }
  // The framing of the answer is no business of `Connection`, whatever an upstream says there.
  named.delete('content-length');
  if (named.size === 0) return raw;
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!named.has(raw[i]!.toLowerCase())) kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}

/** The length that an upstream announces, as it wrote it; null when it announces none, or one that cannot be. */
export function announcedLength(headers: readonly string[]): string | null {
  let length: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (name === 'transfer-encoding') return null;
    if (name !== 'content-length') continue;
    if (length !== null || !LENGTH.test(headers[i + 1]!)) return null;
    length = headers[i + 1]!;
  }
  return length;
}
