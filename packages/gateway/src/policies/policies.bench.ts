import type { FunctionConfig } from '@fastfn/core';
import { bench, describe } from 'vitest';
import { benchGateway, heat, ROUND, requests } from '../bench-support.js';

/** What the gateway's own policies cost; places, queues and deadlines are the pool's. */
const origin = 'https://app.example.com';
const every: FunctionConfig = {
  timeoutMs: 5000,
  maxConcurrency: 100,
  maxBodyBytes: 65_536,
  maxResponseBytes: 1_048_576,
  cors: { origins: [origin], methods: ['GET'], headers: [], expose: ['X-Request-Id'], credentials: true, maxAge: 600 },
};
const hosts = ['localhost', '*.example.com'];
const none = requests(benchGateway(), { origin });
const all = requests(benchGateway(every, hosts), { origin });
const debug = requests(benchGateway({ ...every, debugHeaders: true }, hosts), { origin });
heat([none, all, debug]);

describe(`${ROUND} requests through the chain`, () => {
  bench('no policy', none);
  bench('every policy', all);
  bench('every policy, debug headers', debug);
});
