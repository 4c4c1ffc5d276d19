import type { StartSpec } from '@fastfn/protocol';
import { LoadFailure } from '../errors.js';
import type { Loaded } from '../loader/index.js';
import type { Handler } from '../pick.js';
import { lambdaAdapter } from './aws-lambda.js';
import { workerAdapter } from './cloudflare-worker.js';
import { fetchAdapter } from './fetch.js';

/** Makes a handler of what a file exports. @throws LoadFailure when it exports nothing of that kind */
export type Adapter = (loaded: Loaded) => Handler;

const ADAPTERS: Readonly<Record<string, (spec: StartSpec, file: string) => Adapter>> = {
  'aws-lambda': lambdaAdapter,
  'cloudflare-worker': workerAdapter,
  fetch: fetchAdapter,
};

/**
 * @param file path below root, for messages
 * @throws LoadFailure `invalid_config` when Node has no such adapter
 */
export function adapt(name: string, spec: StartSpec, file: string): Adapter {
  const make = Object.hasOwn(ADAPTERS, name) ? ADAPTERS[name]! : null;
  if (make === null) {
    throw new LoadFailure(
      'invalid_config',
      `\`invoke.adapter\` of ${file} is "${name}"; Node has ${Object.keys(ADAPTERS)
        .map((known) => `"${known}"`)
        .join(', ')}.`,
    );
  }
  return make(spec, file);
}
