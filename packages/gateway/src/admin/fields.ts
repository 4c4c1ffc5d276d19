import { FastFnError } from '@fastfn/core';
import type { JsonObject } from './request-body.js';

/** One wrong value of a request. */
export interface FieldProblem {
  readonly key: string;
  readonly message: string;
}

/** Reads the fields of a request's body; all that is wrong is reported together by {@link Fields.check}. */
export class Fields {
  readonly #body: JsonObject;
  readonly #problems: FieldProblem[] = [];

  constructor(body: JsonObject) {
    this.#body = body;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#body, key) && this.#body[key] !== undefined;
  }

  /** Any value; undefined when absent. */
  raw(key: string): unknown {
    return this.has(key) ? this.#body[key] : undefined;
  }

  /** A text without NUL, at most `max` characters; undefined when absent, null or wrong. */
  text(key: string, max: number): string | undefined {
    const value = this.raw(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value.length <= max && !value.includes('\0')) return value;
    return this.wrong(key, `must be a text of at most ${max} characters`);
  }

  requiredText(key: string, max: number): string {
    const value = this.text(key, max);
    if (value === undefined && !this.#problems.some((problem) => problem.key === key)) this.wrong(key, 'is missing');
    return value ?? '';
  }

  /** Names and texts; undefined when absent, null or wrong. Numbers and booleans become texts. */
  texts(key: string): Record<string, string> | undefined {
    const value = this.raw(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) return this.wrong(key, 'must be an object');
    const texts: Record<string, string> = Object.create(null);
    for (const [name, item] of Object.entries(value)) {
      if (typeof item === 'string') texts[name] = item;
      else if (typeof item === 'number' || typeof item === 'boolean') texts[name] = String(item);
      else this.wrong(`${key}.${name}`, 'must be a text, number or boolean');
    }
    return texts;
  }

  /** true or false; undefined when absent, null or wrong. */
  flag(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
    return this.wrong(key, 'must be true or false');
  }

  wrong(key: string, message: string): undefined {
    this.#problems.push({ key, message: `"${key}" ${message}.` });
    return undefined;
  }

  /** @throws FastFnError `bad_request` naming every wrong key. */
  check(): void {
    if (this.#problems.length > 0) throw invalidFields(this.#problems);
  }
}

export function invalidFields(problems: readonly FieldProblem[]): FastFnError {
  const message = problems.map((problem) => problem.message).join(' ');
  return new FastFnError('bad_request', message, { details: { problems } });
}
