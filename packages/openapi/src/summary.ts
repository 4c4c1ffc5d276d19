import type { Route } from '@fastfn/core';
import { parsePlaceholder, segmentsOf } from './path-template.js';

/** What the function says of itself, or its URL in words: `/users/:id` → "Users by id". */
export function summaryOf(route: Route): string {
  return route.fn.docs.summary?.trim() || readable(route.pattern);
}

function readable(pattern: string): string {
  const segments = segmentsOf(pattern);
  const literals = segments.filter((segment) => parsePlaceholder(segment) === null).map(words);
  const params = segments.flatMap((segment) => parsePlaceholder(segment)?.name ?? []).map(words);
  const subject = literals.filter((text) => text !== '').join(' ');
  const key = params.length === 0 ? '' : `by ${params.join(' and ')}`;
  const text = [subject, key].filter((part) => part !== '').join(' ');
  return text === '' ? 'Home' : text[0]!.toUpperCase() + text.slice(1);
}

/** `my-profile` → "my profile", `hello@v2` → "hello v2", `orderId` → "order id". */
function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .split(/[^\p{L}\p{N}.]+/u)
    .filter((word) => word !== '')
    .join(' ');
}
