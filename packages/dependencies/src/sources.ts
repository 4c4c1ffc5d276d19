import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Requirements of single handlers, by the handler's path below the folder. */
type Sources = Readonly<Record<string, readonly string[]>>;

/**
 * What the handlers of a folder ask for beside its manifest, with one handler's part as it is now. Handlers that are gone
 * ask for nothing.
 * @param handler absolute
 */
export function withSource(sources: Sources, folder: string, handler: string, wanted: readonly string[]): Sources {
  const own = relative(folder, handler);
  const kept = Object.entries(sources).filter(([file]) => file !== own && existsSync(join(folder, file)));
  if (wanted.length > 0) kept.push([own, wanted]);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All that is asked for, each once, in order. */
export function allOf(sources: Sources): string[] {
  return [...new Set(Object.values(sources).flat())].sort();
}
