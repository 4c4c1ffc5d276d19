import { readFileSync, statSync } from 'node:fs';
import type { DebugInfo } from '@fastfn/protocol';
import type { LuaValues } from './lua-machine.js';

/** Files larger than this are not read just to show one line of them. */
const MAX_SOURCE_BYTES = 1_048_576;

/** An error of a handler as `shim/failure.lua` describes it: message, kind, path below root, line, stack, whole text. */
export interface LuaFailure {
  readonly debug: DebugInfo;
  /** As Lua itself would print it. */
  readonly text: string;
}

/**
 * Reads a description from results.
 * @param first where it begins
 * @param absolute makes a path below root absolute
 */
export function readFailure(results: LuaValues, first: number, absolute: (path: string) => string): LuaFailure {
  const file = results.isNil(first + 2) ? null : absolute(results.text(first + 2));
  const line = results.isNil(first + 3) ? null : results.number(first + 3);
  return {
    debug: {
      type: results.text(first + 1),
      message: results.text(first),
      file,
      line,
      source: file === null || line === null ? null : sourceLine(file, line),
      stack: results.text(first + 4),
    },
    text: results.text(first + 4) || results.text(first + 5),
  };
}

function sourceLine(file: string, line: number): string | null {
  try {
    if (statSync(file).size > MAX_SOURCE_BYTES) return null;
    return readFileSync(file, 'utf8').split('\n')[line - 1]?.trimEnd() ?? null;
  } catch {
    return null;
  }
}
