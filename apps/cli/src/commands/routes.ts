import { inspectTree } from '@fastfn/server';
import { defineCommand } from 'citty';
import { diagnosticLines, routeTable } from '../output/route-table.js';
import { style } from '../output/style.js';

export default defineCommand({
  meta: { name: 'routes', description: 'List routes and what discovery has to say, then exit' },
  args: {
    dir: {
      type: 'positional',
      required: false,
      description: 'Folder with handler files (default: ./functions, else .)',
    },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
    'force-url': { type: 'boolean', description: 'invoke.routes may replace file routes' },
    json: { type: 'boolean', description: 'Machine-readable: {routes, conflicts, diagnostics}' },
  },
  run({ args }) {
    const { table, diagnostics } = inspectTree({
      dir: args.dir,
      configFile: args.config,
      flags: { forceUrl: args['force-url'] },
    });
    if (args.json) {
      const routes = table.routes.map(({ pattern, methods, hosts, fn, rank, source }) => ({
        path: pattern,
        methods,
        hosts,
        runtime: fn.runtime,
        name: fn.name,
        version: fn.version,
        rank,
        source,
      }));
      const conflicts = table.conflicts.map(({ pattern, methods, claims }) => ({
        path: pattern,
        methods,
        sources: claims.map((c) => c.source),
      }));
      console.log(JSON.stringify({ routes, conflicts, diagnostics }, null, 2));
    } else {
      const lines = routeTable(table, {}, Number.POSITIVE_INFINITY);
      console.log(lines.length > 0 ? lines.join('\n') : 'No routes.');
      const notes = diagnosticLines(diagnostics);
      if (notes.length > 0) console.log(`\n${style.bold('Diagnostics')}\n${notes.join('\n')}`);
    }
    return 0;
  },
});
