import { resolvePolicy } from '@fastfn/core';
import { compileRouteTable } from '@fastfn/router';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildOpenApi, withServer } from './document.js';
import { fn, manifest, route } from './fixtures.js';
import type { OpenApiDocument } from './types.js';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

const name = fc.oneof(fc.constantFrom('a', 'hello', 'a-b', 'a_b', 'users/[id].js', '__proto__'), fc.string());
const segment = fc.constantFrom(
  'a',
  'b',
  'é',
  '{x}',
  '100%',
  'a b',
  'x?y',
  'h@v2',
  ':id',
  ':slug',
  '__proto__',
  '\ud800',
);
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '', ':id*', '*'))
  .map(([segments, tail]) => `/${[...segments, tail].filter((part) => part !== '').join('/')}`);
const docs = fc.record({
  summary: fc.option(fc.string()),
  description: fc.option(fc.string()),
  tags: fc.array(fc.string(), { maxLength: 3 }),
  query: fc.dictionary(fc.string(), fc.jsonValue()),
  body: fc.option(fc.oneof(fc.jsonValue(), fc.json()), { nil: undefined }),
  contentType: fc.option(fc.oneof(fc.constantFrom('application/json', 'text/csv', 'image/png'), fc.string())),
  deprecated: fc.boolean(),
});
const aRoute = fc
  .record({
    pattern,
    methods: fc.uniqueArray(fc.constantFrom(...METHODS), { minLength: 1 }),
    hosts: fc.constantFrom<readonly string[]>([], [], ['a.test'], ['*.b.test', 'c.test:1']),
    name,
    docs,
    version: fc.constantFrom('default', 'v2'),
    runtime: fc.constantFrom('node' as const, 'python' as const),
    async: fc.boolean(),
    rank: fc.constantFrom(1 as const, 2 as const, 3 as const),
  })
  .map((one) => {
    const policy = resolvePolicy({ invoke: { async: one.async } });
    const owner = fn(one.name, one.docs, { runtime: one.runtime, version: one.version, policy });
    return route(`${one.methods.join()} ${one.pattern}`, owner, { hosts: one.hosts, rank: one.rank });
  });

/** Compiles the schema once; it keeps nothing of one document for the next. */
const validator = new Validator();

async function problems(document: OpenApiDocument): Promise<unknown> {
  // As a client reads it: over JSON.
  const result = await validator.validate(JSON.parse(JSON.stringify(document)));
  return result.valid ? null : result.errors;
}

describe('the document of any manifest', () => {
  it('is valid OpenAPI 3.1, with unique ids and every path parameter declared', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aRoute, { maxLength: 10 }), fc.boolean(), async (claims, includeInternal) => {
        const table = compileRouteTable(manifest(claims));
        const document = withServer(buildOpenApi({ table, includeInternal }), 'http://localhost:8080');
        expect(await problems(document)).toBeNull();

        const operations = Object.entries(document.paths).flatMap(([path, item]) =>
          Object.values(item).map((operation) => ({ path, operation })),
        );
        const ids = operations.map(({ operation }) => operation.operationId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { path, operation } of operations) {
          expect(operation.operationId).toMatch(/^[A-Za-z0-9_]+$/);
          expect(operation.summary).not.toBe('');
          const declared = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name);
          expect(declared).toEqual([...path.matchAll(/\{([^}]*)\}/g)].map(([, inside]) => inside));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has an operation for each method that the table serves, and no other', () => {
    fc.assert(
      fc.property(fc.array(aRoute, { maxLength: 10 }), (claims) => {
        const table = compileRouteTable(manifest(claims));
        const { paths } = buildOpenApi({ table, includeInternal: false });
        const documented = Object.values(paths).flatMap((item) => Object.keys(item)).length;
        const served = new Set(
          table.routes.flatMap((one) =>
            one.methods.map((method) => `${method} ${one.pattern.replace(/\/\*$/, '/:*').replace(/:\w+/g, ':')}`),
          ),
        );
        expect(documented).toBe(served.size);
      }),
    );
  });
});
