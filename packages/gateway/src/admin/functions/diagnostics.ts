import type { Diagnostic, FastFnError } from '@fastfn/core';
import { invalidFields } from '../fields.js';

/**
 * The problems of a new settings text that refuse it: errors, and keys that are not known unless they stood there before.
 * @returns null when it may be written.
 */
export function refusal(after: readonly Diagnostic[], before: readonly Diagnostic[]): FastFnError | null {
  const known = new Set(before.filter(({ code }) => code === 'unknown_key').map(({ key }) => key));
  const problems = after.filter(
    ({ severity, code, key }) => severity === 'error' || (code === 'unknown_key' && !known.has(key)),
  );
  if (problems.length === 0) return null;
  return invalidFields(
    problems.map(({ key = '', message, fix }) => ({ key, message: fix ? `${message} ${fix}` : message })),
  );
}
