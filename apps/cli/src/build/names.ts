import { UsageError } from '@fastfn/core';

/** Room for `-redis` behind it in a DNS label of 63 characters. */
const MAX_NAME = 50;
const FALLBACK = 'fastfn-app';

/** What YAML takes for a boolean or nothing, where a name stands without quotes; kubectl reads YAML 1.1. */
const NO_TEXT = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null']);

/**
 * A name that Docker, Compose and Kubernetes all take (RFC 1035 label), made of the name of a package or folder:
 * `@shop/Cart_API` → `cart-api`.
 */
export function resourceName(text: string): string {
  const label = text
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_NAME)
    .replace(/-+$/, '');
  if (NO_TEXT.has(label)) return `${label}-app`;
  return label === '' ? FALLBACK : label;
}

const HOST = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?/)?`;
const PATH = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const IMAGE = new RegExp(String.raw`^${HOST}${PATH}(?:/${PATH})*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);
const MAX_IMAGE = 255;

/** @throws UsageError `usage` when it is no name of an image. */
export function checkImage(image: string): string {
  if (image.length <= MAX_IMAGE && IMAGE.test(image)) return image;
  throw new UsageError(
    'usage',
    `"${image}" cannot be the name of an image.`,
    'Use something like registry.example.com/team/app:1.4, in lower case before the colon.',
  );
}

/** `app:1`: something that is not the ever-changing `latest`. */
export function defaultImage(name: string): string {
  return `${name}:1`;
}
