// A gateway of one's own: discovery finds functions, router matches, pool runs them. What is between, is ours.
// This one answers on plain node:http and logs what each call cost; put your own authentication or transport here.
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { createConfigReader } from '@fastfn/config';
import { DEFAULT_RUNTIME_ORDER, POLICY_DEFAULTS } from '@fastfn/core';
import { discover } from '@fastfn/discovery';
import { createPool } from '@fastfn/pool';
import { compileRouteTable } from '@fastfn/router';
import { createNodeRuntime } from '@fastfn/runtime-node';
import { createPythonRuntime } from '@fastfn/runtime-python';
import { respond } from './respond.js';
import { toInvocation } from './to-invocation.js';

const [directory = 'functions', port = '8090'] = process.argv.slice(2);
const root = resolve(directory);

const manifest = discover({
  root,
  reader: createConfigReader({ root }),
  runtimes: DEFAULT_RUNTIME_ORDER,
  namespaceDepth: 3,
  ignoreDirs: [],
  forceUrl: false,
  policyDefaults: POLICY_DEFAULTS,
});
const table = compileRouteTable(manifest);
const pool = createPool({ adapters: [createNodeRuntime(), createPythonRuntime()] });
pool.update(manifest.functions);
await pool.start();

const server = createServer(async (request, response) => {
  const began = performance.now();
  const [path] = request.url.split('?');
  const match = table.match(request.method, request.headers.host ?? '', path);
  if (match.kind !== 'route') {
    response.writeHead(match.kind === 'method' ? 405 : 404).end(`${match.kind}\n`);
    return;
  }
  const invocation = await toInvocation(request, match);
  const handle = pool.invoke(
    invocation,
    respond(response, () => handle),
  );
  response.on('close', () => {
    if (!response.writableFinished) handle.cancel('client_closed');
    console.log(`${request.method} ${path} ${response.statusCode} ${(performance.now() - began).toFixed(1)} ms`);
  });
});

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
  for (const route of table.routes) console.log(`  ${route.methods.join(',')} ${route.pattern} -> ${route.fn.key}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await pool.close();
    process.exit(0);
  });
}
