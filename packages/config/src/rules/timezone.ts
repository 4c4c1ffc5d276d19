const OFFSET = /^[+-](?:0\d|1[0-4]):[0-5]\d$/;

/** `UTC`, `local`, `±HH:MM` or an IANA name. SPEC §10. */
export function isTimezone(name: string): boolean {
  if (name === 'local' || OFFSET.test(name)) return true;
  // Newer engines take offsets in their own notations; ours is the one above.
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
