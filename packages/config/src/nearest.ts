import { closest, distance } from 'fastest-levenshtein';

/**
 * The known name that the writer most likely meant, or null when none is near. Case and `-`/`_` do not count, so that
 * `timeoutMs` finds `timeout_ms` at once.
 */
export function nearestName(written: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const plain = new Map(known.map((name) => [simplify(name), name]));
  const wanted = simplify(written);
  const best = closest(wanted, [...plain.keys()]);
  return distance(wanted, best) <= Math.max(1, Math.floor(Math.min(wanted.length, best.length) / 3))
    ? plain.get(best)!
    : null;
}

function simplify(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}
