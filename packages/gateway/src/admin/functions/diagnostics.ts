import type { Diagnostic, FastFnError } from '@fastfn/core';
import { invalidFields } from '../fields.js';

/**
 * The problems of a new settings text that refuse it: errors, and whatever would be passed over (keys that are not known,
 * routes and values that cannot be used) unless it stood there before.
 * @returns null when it may be written.
 */
export function refusal(after: readonly Diagnostic[], before: readonly Diagnostic[]): FastFnError | null {
  const known = new Set(before.map(({ message }) => message));
  const problems = after.filter(({ severity, message }) => severity === 'error' || !known.has(message));
  if (problems.length === 0) return null;
  return invalidFields(
    problems.map(({ key = '', message, fix }) => ({ key, message: fix ? `${message} ${fix}` : message })),
  );
}
