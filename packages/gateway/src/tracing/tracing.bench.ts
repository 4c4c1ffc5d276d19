import { bench, describe } from 'vitest';
import { benchGateway, heat, ROUND, requests } from '../bench-support.js';
import { openTracing } from './open-tracing.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const off = requests(benchGateway());
const sent = requests(benchGateway(), { traceparent });
const gateway = benchGateway();
// The API without an SDK: what a registered provider that samples nothing costs.
gateway.traceWith(await openTracing());
const on = requests(gateway);
heat([off, sent, on]);

describe(`${ROUND} requests through the chain`, () => {
  bench('tracing off', off);
  bench('tracing off, the caller has a trace', sent);
  bench('a provider that records nothing', on);
});
