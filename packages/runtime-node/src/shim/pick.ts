import type { Call } from './call.js';
import { LoadFailure } from './errors.js';
import type { FnEvent } from './event.js';
import { describe } from './json.js';
import type { Loaded } from './loader/index.js';

/** What is called: the event, its path parameters (SPEC §7), and the call for adapters. */
export type Handler = (event: FnEvent, params: Record<string, string>, call: Call) => unknown;

/**
 * The callable among a file's exports. SPEC §7: the named export (`handler`, or the configured name), the default
 * export, or that name in the default export; in CommonJS `module.exports` counts as default too.
 * @param handler configured name; null: the defaults
 * @throws LoadFailure saying what there is instead
 */
export function pickHandler(loaded: Loaded, handler: string | null, file: string): Handler {
  const name = handler ?? 'handler';
  for (const candidate of places(loaded)) {
    const member = memberOf(candidate, name);
    if (typeof member === 'function') return bound(member, candidate, loaded.exports);
    // A name that was configured must be there: another function would be a guess.
    if (handler === null && typeof candidate === 'function') return candidate as Handler;
  }
  throw new LoadFailure('handler_error', `${file} exports no function \`${name}\`. ${advice(loaded, handler)}`);
}

/** Where to look, in order. */
export function places({ exports }: Loaded): unknown[] {
  const found = [exports];
  let inner = memberOf(exports, 'default');
  // Compiled ES modules wrapped once more are common in CommonJS.
  for (let depth = 0; depth < 2 && inner !== undefined; depth++) {
    found.push(inner);
    inner = memberOf(inner, 'default');
  }
  return found;
}

function memberOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** A method of an exported object keeps its `this`. */
function bound(member: object, holder: unknown, exports: unknown): Handler {
  return holder === exports ? (member as Handler) : ((member as Handler).bind(holder) as Handler);
}

function advice(loaded: Loaded, handler: string | null): string {
  const { exports } = loaded;
  const names = typeof exports === 'object' && exports !== null ? Object.keys(exports) : [];
  const has =
    names.length === 0
      ? `It exports ${loaded.format === 'module' || typeof exports === 'object' ? 'nothing' : describe(exports)}.`
      : `It exports ${names.map((name) => `\`${name}\` (${kindOf((exports as Record<string, unknown>)[name])})`).join(', ')}.`;
  if (places(loaded).some((place) => typeof memberOf(place, 'fetch') === 'function'))
    return `${has} It has a \`fetch\` function: set \`invoke.adapter\` to "fetch" or "cloudflare-worker".`;
  return handler === null
    ? `${has} Export a function named \`handler\` or a default function, or name one in \`invoke.handler\`.`
    : `${has} Export \`${handler}\`, or correct \`invoke.handler\`.`;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
