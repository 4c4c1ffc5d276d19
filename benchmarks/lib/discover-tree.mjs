// A program of its own (so that nothing is warm): node discover-tree.mjs <checkout> <folder> → {firstMs, secondMs, routes}.
// Reads and compiles a folder of functions as the server does at its start, and once more as at a reload.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [checkout, folder] = process.argv.slice(2);
const entry = (/** @type {string} */ name) => pathToFileURL(join(checkout, 'packages', name, 'dist/index.js')).href;
const { createConfigReader, loadOptions } = await import(entry('config'));
const { discover, DiscoveryCache } = await import(entry('discovery'));
const { compileRouteTable } = await import(entry('router'));

const { options } = loadOptions({ command: 'routes', cwd: folder, dir: folder, flags: {}, env: {} });
const reader = createConfigReader({ root: options.root });
const cache = new DiscoveryCache();
const first = read();
const second = read();
console.log(JSON.stringify({ firstMs: first.ms, secondMs: second.ms, routes: first.routes }));

function read() {
  const began = performance.now();
  const { root, runtimes, namespaceDepth, ignoreDirs, forceUrl, policyDefaults } = options;
  const manifest = discover({ root, reader, cache, runtimes, namespaceDepth, ignoreDirs, forceUrl, policyDefaults });
  const table = compileRouteTable(manifest, { runtimeOrder: runtimes, forceUrl });
  return { ms: performance.now() - began, routes: table.routes.length };
}
