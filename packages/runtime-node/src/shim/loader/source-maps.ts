import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Maps by the name under which V8 knows the code: a path or a `file:` URL. Parsed when a stack first needs one. */
const payloads = new Map<string, SourceMapPayload>();
const parsed = new Map<string, SourceMap>();

/**
 * Remembers the map of code made from the user's file, and from the first one on maps all stacks. Node's own
 * `setSourceMapsEnabled` knows only code that Node's own loaders compiled.
 */
export function addSourceMap(name: string, payload: SourceMapPayload): void {
  if (payloads.size === 0) Error.prepareStackTrace = prepareStackTrace;
  payloads.set(name, payload);
  parsed.delete(name);
}

function prepareStackTrace(error: Error, frames: NodeJS.CallSite[]): string {
  let header: string;
  try {
    header = Error.prototype.toString.call(error);
  } catch {
    header = 'Error';
  }
  return frames.length === 0 ? header : `${header}\n    at ${frames.map(frameText).join('\n    at ')}`;
}

function frameText(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const name = frame.getFileName() ?? frame.getScriptNameOrSourceURL?.();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!name || line === null || column === null) return text;
  const place = originalPlace(name, line, column);
  return place === null ? text : text.replace(`${name}:${line}:${column}`, `${name}:${place.line}:${place.column}`);
}

/** All numbers 1-based. Null when the code has no map, or its map nothing for this place. */
export function originalPlace(name: string, line: number, column: number): { line: number; column: number } | null {
  let map = parsed.get(name);
  if (map === undefined) {
    const payload = payloads.get(name) ?? (name.startsWith('file:') ? payloads.get(fileURLToPath(name)) : undefined);
    if (payload === undefined) return null;
    map = new SourceMap(payload);
    parsed.set(name, map);
  }
  const entry = map.findEntry(line - 1, column - 1);
  return 'originalLine' in entry ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 } : null;
}
