import * as z from 'zod';

/** What a schema of ours knows beyond its type. `allowed` and `aliases` serve the parser, the rest goes to editors too. */
export interface KeyMeta {
  /** For people and editors: what the key does. */
  description?: string;
  /** Shown to editors and in the docs; never applied by the parser. */
  default?: unknown;
  /** What may stand there, in words: completes "allowed: …". */
  allowed?: string;
  /** Other spellings, accepted in silence. */
  aliases?: readonly string[];
}

/** One optional key of an object. */
export function key<T extends z.ZodType>(schema: T, meta: KeyMeta & { description: string }): z.ZodOptional<T> {
  return (schema.meta({ ...meta }) as T).optional();
}

export function metaOf(schema: z.core.$ZodType): KeyMeta {
  return (z.globalRegistry.get(schema) ?? {}) as KeyMeta;
}

function says<T extends z.ZodType>(schema: T, allowed: string): T {
  return schema.meta({ allowed }) as T;
}

export const flag = () => says(z.boolean(), 'true or false');

export function whole(min: number, max: number, unit = '') {
  return says(z.number().int().min(min).max(max), `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`);
}

export function decimal(min: number, max: number, unit = '') {
  return says(z.number().min(min).max(max), `a number${unit && ` of ${unit}`} from ${min} to ${max}`);
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return says(z.enum(values), `one of ${values.map((value) => `"${value}"`).join(', ')}`);
}

/** Control characters but for tabs and line breaks, and halves of characters, which no UTF-8 can carry. */
const UNFIT = /[^\P{Cc}\t\n\r]|\p{Cs}/u;

/** Text of limited length without control characters but for tabs and line breaks. */
export function text(max: number) {
  const schema = z
    .string()
    .max(max)
    .refine((value) => !UNFIT.test(value));
  return says(schema, `a text of at most ${max} characters`);
}

export function matching(pattern: RegExp, allowed: string) {
  return says(z.string().regex(pattern), allowed);
}

/** A list of names, or the same as one text with commas between. Empty only when `min` is 0. */
export function names(item: RegExp, what: string, min: 0 | 1 = 0) {
  const one = item.source.replace(/^\^/, '').replace(/\$$/, '');
  const rest = `(?:\\s*,\\s*(?:${one}))*`;
  const whole = new RegExp(min ? `^\\s*(?:${one})${rest}\\s*$` : `^\\s*(?:(?:${one})${rest})?\\s*$`);
  const items = z.array(z.string().regex(item));
  return says(
    z.union([min ? items.min(1) : items, z.string().regex(whole)]),
    `a list of ${what}, or a text with commas between them`,
  );
}

/** Any JSON object; its keys are free. */
export const freeObject = () => says(z.record(z.string(), z.unknown()), 'an object');

/** The list behind {@link names}. */
export function toList(value: string | readonly string[]): string[];
export function toList(value: string | readonly string[] | undefined): string[] | undefined;
export function toList(value: string | readonly string[] | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const items = typeof value === 'string' ? value.split(',') : value;
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))];
}

/** A pattern that takes each word in any letter case, also for validators that have no flags. */
export function anyCase(words: readonly string[]): RegExp {
  const one = (word: string) => word.replace(/[a-z]/gi, (c) => `[${c.toUpperCase()}${c.toLowerCase()}]`);
  return new RegExp(`^(?:${words.map(one).join('|')})$`);
}
