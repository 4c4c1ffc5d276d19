import type * as z from 'zod';
import { describeFound, describeKind } from './found.js';
import { nearestName } from './nearest.js';
import { metaOf } from './schema/parts.js';
import { dotted, type Path } from './text/document.js';

/** One problem of a config value. Severity `error` refuses the whole file. */
export interface Issue {
  readonly severity: 'error' | 'warning';
  readonly code: 'invalid_config' | 'unknown_key' | 'duplicate_key' | 'misplaced_key';
  /** Where it stands in the file as written. */
  readonly at: Path;
  readonly message: string;
  readonly found?: string;
  readonly allowed?: string;
  readonly fix?: string;
}

export interface Checked<T> {
  /** Aliases resolved and unknown keys gone; null when an error is among the issues. */
  readonly value: T | null;
  readonly issues: readonly Issue[];
}

export interface CheckOptions<T> {
  /** Hide values in messages: the file may hold secrets. */
  readonly secret?: boolean;
  /** Parts whose problems are warnings: the part is dropped, the file stands. */
  readonly isOptionalPart?: (path: Path) => Path | null;
  /** Rules between keys, run on what the schema accepted. */
  readonly rules?: readonly Rule<T>[];
}

/**
 * A rule between keys. It must bear a value whose other parts are wrong: it is handed only the keys that the schema
 * accepted, so that all problems of a file show at once.
 */
export type Rule<T> = (value: T) => readonly Problem[];

export interface Problem {
  readonly path: Path;
  /** In words. */
  readonly found: string;
  readonly allowed: string;
  /** The name of the key is wrong, not its value. */
  readonly isKey?: boolean;
}

/**
 * Checks data from a file against a schema: aliases, unknown keys (nearest known one named), types and ranges, rules.
 * All problems are returned together. The schema must not transform: what it accepts is the value.
 */
export function check<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  options: CheckOptions<z.infer<S>> = {},
): Checked<z.infer<S>> {
  const { issues, value, origin } = resolveNames(schema, raw);
  const found = options.secret ? describeKind : describeFound;
  const result = schema.safeParse(value);
  const problems = result.success ? [] : result.error.issues.flatMap((issue) => leaves(schema, issue, value, found));
  remove(value, problems, options);
  if (isObject(value)) {
    const broken = (options.rules ?? []).flatMap((rule) => rule(value as z.infer<S>));
    remove(value, broken, options);
    problems.push(...broken);
  }
  const seen = new Set<string>();
  for (const problem of problems) {
    const id = dotted(problem.path);
    if (seen.has(id)) continue;
    seen.add(id);
    issues.push(toIssue(problem, origin(problem.path), Boolean(options.isOptionalPart?.(problem.path))));
  }
  const refused = issues.some((issue) => issue.severity === 'error');
  return { value: refused ? null : (value as z.infer<S>), issues };
}

function toIssue({ found, allowed, isKey }: Problem, at: Path, isOptional: boolean): Issue {
  const subject = at.length === 0 ? 'The file' : `"${dotted(at)}"`;
  return {
    severity: isOptional ? 'warning' : 'error',
    code: 'invalid_config',
    at,
    message: isKey
      ? `${subject} cannot be a key; allowed: ${allowed}.`
      : `${subject} is ${found}; allowed: ${allowed}.`,
    found,
    allowed,
    fix: isOptional ? 'Correct it; until then it is passed over.' : 'Correct it, or remove it.',
  };
}

/** Takes what is wrong out of the value, so that the rest can be checked further, or used. */
function remove(value: unknown, problems: readonly Problem[], options: CheckOptions<never>): void {
  const paths = problems.map(({ path }) => options.isOptionalPart?.(path) ?? path).filter((path) => path.length > 0);
  // Last list positions first: removing one does not move those before it.
  for (const path of paths.sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)) || 0)) removeAt(value, path);
}

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Named {
  /** A deep copy of the objects, under canonical names. */
  value: unknown;
  issues: Issue[];
  /** The path as written of a canonical path. */
  origin(path: Path): Path;
}

function resolveNames(schema: z.ZodType, raw: unknown): Named {
  const issues: Issue[] = [];
  const written = new Map<string, string>();
  const value = rename(schema, raw, [], []);
  return {
    value,
    issues,
    origin(path) {
      return path.map((part, i) => written.get(JSON.stringify(path.slice(0, i + 1))) ?? part);
    },
  };

  function rename(node: z.core.$ZodType, data: unknown, path: Path, asWritten: Path): unknown {
    if (Array.isArray(data)) return [...data];
    if (!isObject(data)) return data;
    const object = objectPart(node, data);
    if (!object) return { ...data };
    const { shape, catchall } = object._zod.def;
    const names = namesOf(object);
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(data)) {
      const at = [...asWritten, key];
      const canonical = names.get(key);
      if (canonical === undefined) {
        if (catchall && catchall._zod.def.type !== 'never') result[key] = rename(catchall, item, [...path, key], at);
        else issues.push(unknownKey(schema, object, at));
        continue;
      }
      if (canonical !== key) {
        if (Object.hasOwn(data, canonical) || Object.hasOwn(result, canonical)) {
          const winner = dotted([...asWritten, written.get(JSON.stringify([...path, canonical])) ?? canonical]);
          issues.push({
            severity: 'warning',
            code: 'duplicate_key',
            at,
            message: `"${dotted(at)}" says the same as "${winner}", which counts.`,
            fix: 'Remove one of them.',
          });
          continue;
        }
        written.set(JSON.stringify([...path, canonical]), key);
      }
      result[canonical] = rename(shape[canonical]!, item, [...path, canonical], at);
    }
    return result;
  }
}

const namesCache = new WeakMap<z.core.$ZodObject, ReadonlyMap<string, string>>();

/** Every accepted spelling of an object's keys → its canonical key. */
function namesOf(object: z.core.$ZodObject): ReadonlyMap<string, string> {
  let names = namesCache.get(object);
  if (!names) {
    const entries = Object.entries(object._zod.def.shape).flatMap(([key, schema]) =>
      [key, ...(metaOf(unwrap(schema)).aliases ?? [])].map((name) => [name, key] as const),
    );
    names = new Map(entries);
    namesCache.set(object, names);
  }
  return names;
}

function unknownKey(top: z.ZodType, object: z.core.$ZodObject, at: Path): Issue {
  const name = String(at.at(-1));
  const sibling = nearestName(name, [...namesOf(object).keys()]);
  const near = sibling ? [...at.slice(0, -1), namesOf(object).get(sibling)!] : elsewhere(top, name);
  return {
    severity: 'warning',
    code: 'unknown_key',
    at,
    message: `"${dotted(at)}" is no key that FastFN knows.`,
    fix: near ? `Did you mean "${dotted(near)}"?` : 'Remove it, or look it up in the reference of configuration keys.',
  };
}

/** The same name one level away: `methods` is found in `invoke`. */
function elsewhere(top: z.ZodType, name: string): Path | null {
  const object = objectPart(top, {});
  if (!object) return null;
  if (namesOf(object).has(name)) return [name];
  for (const [key, schema] of Object.entries(object._zod.def.shape)) {
    const inner = objectPart(schema, {});
    if (inner && namesOf(inner).has(name)) return [key, name];
  }
  return null;
}

// ── types ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is really wrong: of a union's branches the one that fits the value's kind is looked into. */
function leaves(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  value: unknown,
  describe: (value: unknown) => string,
): Problem[] {
  const path = issue.path as Path;
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.find((branch) => branch.length > 0 && branch.every((inner) => inner.path.length > 0));
    if (deeper) {
      return deeper.flatMap((inner) =>
        leaves(schema, { ...inner, path: [...issue.path, ...inner.path] }, value, describe),
      );
    }
  }
  const isKey = issue.code === 'invalid_key';
  const found = isKey ? `a key named ${JSON.stringify(path.at(-1))}` : describe(valueAt(value, path));
  return [{ path, found, allowed: allowedAt(schema, path, isKey), isKey }];
}

/** The words of the deepest schema on the path that has any. */
function allowedAt(schema: z.ZodType, path: Path, ofKey: boolean): string {
  let node: z.core.$ZodType | null = schema;
  let allowed = 'an object';
  for (let i = 0; node; i++) {
    allowed = metaOf(unwrap(node)).allowed ?? (objectPart(node, {}) ? 'an object' : allowed);
    if (i === path.length) break;
    const record = unwrap(node);
    if (ofKey && i === path.length - 1 && record._zod.def.type === 'record') {
      return metaOf((record as z.core.$ZodRecord)._zod.def.keyType).allowed ?? allowed;
    }
    node = child(node, path[i]!);
  }
  return allowed;
}

function child(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | null {
  const node = unwrap(schema);
  if (isType<z.core.$ZodUnion>(node, 'union')) {
    return node._zod.def.options.map((option) => child(option, part)).find((found) => found !== null) ?? null;
  }
  if (isType<z.core.$ZodObject>(node, 'object')) {
    const { shape, catchall } = node._zod.def;
    return Object.hasOwn(shape, part) ? shape[part]! : (catchall ?? null);
  }
  if (isType<z.core.$ZodRecord>(node, 'record')) return node._zod.def.valueType;
  // A wrong element is told by what the list allows.
  return null;
}

/** The object schema among a schema's branches; of several the one that knows most of the keys. */
function objectPart(schema: z.core.$ZodType, data: Readonly<Record<string, unknown>>): z.core.$ZodObject | null {
  const node = unwrap(schema);
  if (isType<z.core.$ZodObject>(node, 'object')) return node;
  if (!isType<z.core.$ZodUnion>(node, 'union')) return null;
  const known = (object: z.core.$ZodObject) => Object.keys(data).filter((name) => namesOf(object).has(name)).length;
  return node._zod.def.options
    .map((option) => objectPart(option, data))
    .reduce((best, next) => (next && (!best || known(next) > known(best)) ? next : best), null);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return isType<z.core.$ZodOptional>(schema, 'optional') ? unwrap(schema._zod.def.innerType) : schema;
}

function isType<T extends z.core.$ZodType>(schema: z.core.$ZodType, type: T['_zod']['def']['type']): schema is T {
  return schema._zod.def.type === type;
}

// ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at === null || at === undefined ? undefined : Object(at)[part]), value);
}

function removeAt(value: unknown, path: Path): void {
  const parent = valueAt(value, path.slice(0, -1));
  const last = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
}
