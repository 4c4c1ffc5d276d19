import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { type JsonObject, readJson } from '../request-body.js';
import { writeAtomically } from './atomic-write.js';
import { functionPolicy } from './describe.js';
import { refusal } from './diagnostics.js';
import { containedFunction, currentApp, projectFormats, reloaded, requestedFunction } from './query.js';

const FILE = 'fn.config.json';
const MAX_DEPTH = 32;

/**
 * Settings of a function: GET shows what is in force, PUT merges into the `fn.config.json` of its folder, key by key; null
 * removes a key. Nothing is written that the parser would refuse.
 */
export const functionConfig: Endpoint = {
  methods: ['GET', 'PUT'],
  access: 'guarded',
  writes: ['PUT'],
  async serve(exchange) {
    const formats = projectFormats(exchange);
    let fn = requestedFunction(exchange);
    if (exchange.method === 'PUT') {
      const patch = withInvoke(await readJson(exchange));
      fn = containedFunction(exchange);
      const file = join(fn.folder, FILE);
      const isRoot = fn.folder === fn.root;
      // No other call can come between reading and writing.
      const text = readIfThere(file);
      const before = text === null ? {} : formats.parseJson(text);
      if (!isObject(before)) {
        throw new FastFnError(
          'bad_request',
          `${FILE} is broken; mend it by hand first (see the diagnostics in /_fn/catalog).`,
        );
      }
      const merged = `${JSON.stringify(merge(before, patch), null, 2)}\n`;
      const refused = refusal(
        formats.checkConfig(merged, isRoot),
        text === null ? [] : formats.checkConfig(text, isRoot),
      );
      if (refused !== null) throw refused;
      writeAtomically(file, merged);
      fn = await reloaded(exchange, fn);
    }
    answerJson(exchange, 200, describe(currentApp(exchange), fn));
  },
};

function describe(app: Parameters<typeof functionPolicy>[0], fn: FunctionSpec): object {
  const { runtime, name, version, group } = fn;
  return { runtime, name, version, group, policy: functionPolicy(app, fn) };
}

/** `methods` and `routes` belong into `invoke`; what stands there already wins. */
export function withInvoke({ methods, routes, ...rest }: JsonObject): JsonObject {
  const { invoke } = rest;
  if (methods === undefined && routes === undefined) return rest;
  const moved = { ...(methods !== undefined && { methods }), ...(routes !== undefined && { routes }) };
  return { ...rest, invoke: isObject(invoke) ? { ...moved, ...invoke } : (invoke ?? moved) };
}

/** Objects are merged, everything else is replaced, null removes. */
export function merge(before: JsonObject, patch: JsonObject, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) throw new FastFnError('bad_request', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(patch)) {
    const old = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? merge(isObject(old) ? old : {}, value, depth + 1) : value);
  }
  return Object.fromEntries(merged);
}

export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
