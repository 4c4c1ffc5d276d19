import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DebugInfo } from '@fastfn/protocol';

/** The handler returned something that is no HTTP response. The message says what and where. SPEC §8. */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse';
}

/** The handler file could not become a callable; the message is for people and holds no internals. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
  constructor(
    readonly code: 'handler_error' | 'invalid_config',
    message: string,
    readonly debug: DebugInfo | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A place in a source file; line is 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** `file` or `file:///…` URL, then line and perhaps column, as V8 and Node print them. */
const LOCATION = /(file:\/\/[^\s()]+?|\/[^\s()][^()\n]*?):(\d+)(?::\d+)?(?=$|[\s)])/gm;

/** Files larger than this are not read just to show one line of them. */
const MAX_SOURCE_BYTES = 1_048_576;

/** This program: its frames in a stack tell the user nothing. Bundled, so that all of it lies in one folder. */
const SHIM_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/**
 * What a developer wants to know of a thrown value: type, message, stack, and the line of their own code nearest to
 * the failure. Never throws, whatever was thrown.
 *
 * @param root functions root; a place below it is preferred to one in a dependency.
 */
export function describeError(thrown: unknown, root: string): DebugInfo {
  try {
    if (!isErrorLike(thrown)) {
      return {
        type: thrown === null ? 'null' : typeof thrown,
        message: show(thrown),
        file: null,
        line: null,
        source: null,
        stack: null,
      };
    }
    const stack = typeof thrown.stack === 'string' ? withCauses(withoutShim(thrown.stack), thrown) : null;
    const place = placeOf(thrown) ?? (stack === null ? null : nearestPlace(stack, root));
    return {
      type: typeof thrown.name === 'string' && thrown.name !== '' ? thrown.name : 'Error',
      message: String(thrown.message),
      file: place?.file ?? null,
      line: place?.line ?? null,
      source: place === null ? null : sourceLine(place),
      stack,
    };
  } catch {
    return {
      type: 'unknown',
      message: 'The thrown value cannot be read.',
      file: null,
      line: null,
      source: null,
      stack: null,
    };
  }
}

/** One or more lines for the log. */
export function formatError(thrown: unknown): string {
  if (isErrorLike(thrown) && typeof thrown.stack === 'string') return withCauses(withoutShim(thrown.stack), thrown);
  return show(thrown);
}

/** Attaches a place that a stack does not show (a compiler knows it, V8 does not). The first one stays. */
export function at(error: Error, place: Place): Error {
  if (placeOf(error) === null) Object.defineProperty(error, PLACE, { value: place });
  return error;
}

const PLACE = Symbol('fastfn.place');

function placeOf(error: object): Place | null {
  return (error as { [PLACE]?: Place })[PLACE] ?? null;
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null && 'message' in value;
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The stack up to our own frames: those at its bottom called the handler. */
function withoutShim(stack: string): string {
  const lines = stack
    .split('\n')
    .filter((line) => !line.includes(SHIM_FOLDER) && !/^\s+at .*\(?node:internal\//.test(line));
  return lines.join('\n');
}

function withCauses(stack: string, error: ErrorLike): string {
  let text = stack;
  let cause = error.cause;
  for (let depth = 0; depth < 4 && isErrorLike(cause); depth++) {
    text += `\n[cause] ${typeof cause.stack === 'string' ? withoutShim(cause.stack) : String(cause.message)}`;
    cause = cause.cause;
  }
  return text;
}

function nearestPlace(stack: string, root: string): Place | null {
  let fallback: Place | null = null;
  for (const match of stack.matchAll(LOCATION)) {
    const file = match[1]!.startsWith('file:') ? toPath(match[1]!) : match[1]!;
    if (file === null) continue;
    const place = { file, line: Number(match[2]) };
    if (isOwnFile(file, root)) return place;
    fallback ??= place;
  }
  return fallback;
}

/** Below root, and no dependency. */
export function isOwnFile(file: string, root: string): boolean {
  return file.startsWith(root.endsWith('/') ? root : `${root}/`) && !file.includes('/node_modules/');
}

function toPath(url: string): string | null {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}

function sourceLine({ file, line }: Place): string | null {
  try {
    if (statSync(file).size > MAX_SOURCE_BYTES) return null;
    return readFileSync(file, 'utf8').split('\n')[line - 1]?.trimEnd() ?? null;
  } catch {
    return null;
  }
}
