import { join } from 'node:path';
import { FastFnError } from '@fastfn/core';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { type FieldProblem, invalidFields } from '../fields.js';
import type { ProjectFormats } from '../project.js';
import { type JsonObject, readJson } from '../request-body.js';
import { writeAtomically } from './atomic-write.js';
import { readIfThere } from './config.js';
import { refusal } from './diagnostics.js';
import { containedFunction, projectFormats, reloaded, requestedFunction } from './query.js';

const FILE = 'fn.env.json';
/** Stands for a secret value, in both directions. */
const HIDDEN = '<hidden>';

/** One variable as `/_fn/function-env` shows it. */
interface ShownVariable {
  readonly value: unknown;
  readonly is_secret: boolean;
  /** The value is the stored secret of this name. */
  readonly secret?: true;
}

/**
 * The `fn.env.json` of a function's folder. Secret values are shown as `<hidden>`, and one that comes back so is kept; PUT
 * with null deletes.
 */
export const functionEnv: Endpoint = {
  methods: ['GET', 'PUT'],
  access: 'guarded',
  writes: ['PUT'],
  async serve(exchange) {
    const formats = projectFormats(exchange);
    let fn = requestedFunction(exchange);
    if (exchange.method === 'PUT') {
      const body = await readJson(exchange);
      const patch = isObject(body.fn_env) && !('value' in body.fn_env) ? body.fn_env : body;
      fn = containedFunction(exchange);
      const file = join(fn.folder, FILE);
      const before = readIfThere(file);
      const text = `${JSON.stringify(patched(readEnv(formats, before), patch), null, 2)}\n`;
      const refused = refusal(
        formats.parseEnv(text).diagnostics,
        before === null ? [] : formats.parseEnv(before).diagnostics,
      );
      if (refused !== null) throw refused;
      writeAtomically(file, text, 0o600);
      fn = await reloaded(exchange, fn);
    }
    answerJson(exchange, 200, { fn_env: shownEnv(formats, fn.folder) });
  },
};

/** The variables of a folder's own file, masked. */
export function shownEnv(formats: ProjectFormats, folder: string): Readonly<Record<string, ShownVariable>> {
  const entries = Object.entries(readEnv(formats, readIfThere(join(folder, FILE)))).filter(
    ([key]) => key !== '$schema',
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, shown(formats, key, entry)]));
}

function shown(formats: ProjectFormats, key: string, entry: unknown): ShownVariable {
  if (isObject(entry) && entry.secret === true) return { value: HIDDEN, is_secret: true, secret: true };
  const value = isObject(entry) ? (entry.value ?? null) : entry;
  const isSecret = formats.isSecretKey(key) || (isObject(entry) && entry.is_secret === true);
  return { value: isSecret && value !== null && value !== '' ? HIDDEN : value, is_secret: isSecret };
}

function patched(before: JsonObject, patch: JsonObject): JsonObject {
  const problems: FieldProblem[] = [];
  const after = new Map(Object.entries(before));
  for (const [key, given] of Object.entries(patch)) {
    if (given === null) after.delete(key);
    else if (!isHidden(given)) after.set(key, given);
    else if (!after.has(key)) problems.push({ key, message: `"${key}" has no value yet that could be kept.` });
    else if (isObject(given)) after.set(key, kept(after.get(key), given));
  }
  if (problems.length > 0) throw invalidFields(problems);
  return Object.fromEntries(after);
}

function isHidden(given: unknown): boolean {
  return given === HIDDEN || (isObject(given) && given.value === HIDDEN);
}

/** The old value with a new `is_secret`. */
function kept(old: unknown, given: JsonObject): unknown {
  if (isObject(old) && old.secret === true) return old;
  return { ...given, value: isObject(old) ? old.value : old };
}

function readEnv(formats: ProjectFormats, text: string | null): JsonObject {
  const value = text === null ? {} : formats.parseJson(text);
  if (isObject(value)) return value;
  throw new FastFnError(
    'bad_request',
    `${FILE} is broken; mend it by hand first (see the diagnostics in /_fn/catalog).`,
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
