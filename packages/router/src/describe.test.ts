import { expect, it } from 'vitest';
import { compileRouteTable } from './compile.js';
import { describeRoutes } from './describe.js';
import { claim, fn, manifest } from './fixtures.js';

it('shows the table as the catalog does', () => {
  const table = compileRouteTable(
    manifest([
      claim('GET /x', fn('a'), { hosts: ['h.test'] }),
      claim('POST /x', fn('b', { runtime: 'python' }), { rank: 3, force: true }),
      claim('GET /both', fn('a')),
      claim('GET /both', fn('b', { runtime: 'python' })),
    ]),
  );
  expect(describeRoutes(table)).toEqual({
    mapped_routes: {
      '/x': [
        {
          runtime: 'node',
          fn_name: 'a',
          version: 'default',
          methods: ['GET'],
          source_rank: 1,
          allow_hosts: ['h.test'],
          force_url: false,
        },
        {
          runtime: 'python',
          fn_name: 'b',
          version: 'default',
          methods: ['POST'],
          source_rank: 3,
          allow_hosts: [],
          force_url: true,
        },
      ],
    },
    mapped_route_conflicts: {
      '/both': [
        {
          methods: ['GET'],
          allow_hosts: [],
          functions: [
            { runtime: 'node', fn_name: 'a', version: 'default', source: 'node/a' },
            { runtime: 'python', fn_name: 'b', version: 'default', source: 'python/b' },
          ],
        },
      ],
    },
  });
});
