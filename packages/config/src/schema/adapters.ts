import { ADAPTERS, type Adapter } from '@fastfn/core';

const ALIASES = {
  lambda: 'aws-lambda',
  'apigw-v2': 'aws-lambda',
  'api-gateway-v2': 'aws-lambda',
  worker: 'cloudflare-worker',
  workers: 'cloudflare-worker',
  'cloudflare-workers': 'cloudflare-worker',
} as const satisfies Record<string, Adapter>;

export const ADAPTER_NAMES = [...ADAPTERS, ...(Object.keys(ALIASES) as (keyof typeof ALIASES)[])] as const;

/** SPEC §8. */
export function canonicalAdapter(name: (typeof ADAPTER_NAMES)[number]): Adapter {
  return name in ALIASES ? ALIASES[name as keyof typeof ALIASES] : (name as Adapter);
}
