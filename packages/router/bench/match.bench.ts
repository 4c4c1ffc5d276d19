import { bench, describe } from 'vitest';
import { compileRouteTable } from '../src/compile.js';
import { claim, fn, manifest } from '../src/fixtures.js';

const COUNT = 10_000;
const claims = Array.from({ length: COUNT }, (_, i) =>
  claim(i % 2 === 0 ? `GET /svc${i % 100}/res${i}` : `GET /svc${i % 100}/res${i}/:id/items/:item`, fn(`f${i}`)),
);
const table = compileRouteTable(manifest(claims));
const bound = compileRouteTable(manifest(claims.map((one) => ({ ...one, hosts: ['api.example.com'] }))));

/** Paths are built once and walked through, so that no single one stays in every cache. */
const statics = Array.from({ length: 1000 }, (_, i) => `/svc${(i * 10) % 100}/res${i * 10}`);
const dynamics = Array.from({ length: 1000 }, (_, i) => `/svc${(i * 10 + 1) % 100}/res${i * 10 + 1}/4711/items/abc`);
let turn = 0;
const next = (paths: readonly string[]) => paths[turn++ % paths.length]!;

describe(`${COUNT} routes`, () => {
  bench('static', () => void table.match('GET', 'localhost', next(statics)));
  bench('two parameters', () => void table.match('GET', 'localhost', next(dynamics)));
  bench('two parameters, host-bound', () => void bound.match('GET', 'api.example.com', next(dynamics)));
  bench('escapes to decode', () => void table.match('GET', 'localhost', `${next(dynamics)}%20x`));
  bench('not found', () => void table.match('GET', 'localhost', '/no/such/path'));
});

describe('reload', () => {
  bench(`compile ${COUNT} routes`, () => void compileRouteTable(manifest(claims)), {
    iterations: 3,
    warmupIterations: 1,
  });
});
