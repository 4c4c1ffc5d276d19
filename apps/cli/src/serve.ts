import { setFlagsFromString } from 'node:v8';
import { type CreateServerInput, createServer, type FastFnServer, HEAP_GROWTH } from '@fastfn/server';
import { reloadLine, requestLine } from './output/lines.js';
import { ProgressLines } from './output/progress.js';
import { routeTable } from './output/route-table.js';
import { duration, style } from './output/style.js';

/** Arguments that `dev` and `run` share. SPEC §15. */
export const SERVE_ARGS = {
  dir: { type: 'positional', required: false, description: 'Folder with handler files (default: ./functions, else .)' },
  port: {
    type: 'string',
    alias: 'p',
    description: 'Port to listen on (default 8080; 0 takes a free one)',
    valueHint: 'port',
  },
  host: { type: 'string', description: 'Address to listen on (default 127.0.0.1)', valueHint: 'address' },
  gateways: {
    type: 'string',
    description: 'Gateway processes that share the port (default 1; auto: one per core)',
    valueHint: 'n|auto',
  },
  'force-url': { type: 'boolean', description: 'invoke.routes may replace file routes' },
  'hot-reload': { type: 'boolean', description: 'Watch files and reload' },
  strict: { type: 'boolean', description: 'Refuse to start with an invalid configuration' },
  'console-write': { type: 'boolean', description: 'The admin API may write files' },
  config: { type: 'string', description: 'Project file', valueHint: 'file' },
  native: { type: 'boolean', description: 'Accepted for compatibility, without effect' },
  build: { type: 'boolean', description: 'Accepted for compatibility, without effect' },
} as const;

export interface ServeArgs {
  dir?: string;
  port?: string;
  host?: string;
  gateways?: string;
  'force-url'?: boolean;
  'hot-reload'?: boolean;
  strict?: boolean;
  'console-write'?: boolean;
  config?: string;
}

/** Starts a server and stays until it has stopped; gives the exit code. */
export async function serve(mode: 'dev' | 'run', args: ServeArgs): Promise<number> {
  let announced = false;
  /** What begins before the server is announced is told after that. */
  const early: string[] = [];
  const progress = new ProgressLines((line) => {
    if (!pretty) server.logger.log('info', line);
    else if (announced) console.log(line);
    else early.push(line);
  });
  const input: CreateServerInput = {
    mode,
    dir: args.dir,
    configFile: args.config,
    flags: {
      port: args.port,
      host: args.host,
      gateways: args.gateways,
      forceUrl: args['force-url'],
      hotReload: args['hot-reload'],
      strict: args.strict,
      consoleWrite: args['console-write'],
    },
    onReload(report) {
      if (announced && pretty) console.log(reloadLine(report));
    },
    onPoolEvent: (event) => progress.take(event),
    onAccess(record) {
      if (pretty) console.log(requestLine(record));
    },
  };
  setFlagsFromString(HEAP_GROWTH);
  const began = performance.now();
  const server = createServer(input);
  const { log } = server.options;
  const pretty = log.format === 'pretty';
  const stopped = stopOnSignal(server);
  await server.start();
  const ms = performance.now() - began;
  // With FN_LOG_FORMAT=json every line on stdout is for a machine.
  if (pretty) announce(server, mode, ms);
  else
    server.logger.log('info', `FastFN ${mode} is ready`, {
      url: server.url,
      root: server.options.root,
      ms: Math.round(ms),
    });
  announced = true;
  for (const line of early.splice(0)) console.log(line);
  return stopped;
}

function announce(server: FastFnServer, mode: 'dev' | 'run', ms: number): void {
  const { options, url } = server;
  const snapshot = server.snapshot()!;
  const tools = server.toolStatus();
  console.log(`\n${style.bold(style.cyan('FastFN'))} ${style.dim(`${mode}, ready in ${duration(ms)}`)}\n`);
  console.log(`  ${style.dim('URL ')}  ${style.bold(url)}`);
  if (options.docsEnabled) console.log(`  ${style.dim('Docs')}  ${url}/_fn/docs`);
  console.log(`  ${style.dim('Root')}  ${options.root}`);
  if (options.gateways > 1) console.log(`  ${style.dim('Gateways')}  ${options.gateways} processes share the port`);
  console.log('');
  const lines = routeTable(snapshot.table, tools);
  console.log(
    lines.length > 0
      ? lines.join('\n')
      : '  No routes yet. Save a file, for example hello.js: export const handler = () => ({ hello: "world" });',
  );
  for (const [runtime, tool] of Object.entries(tools)) {
    const used = snapshot.manifest.functions.some((fn) => fn.runtime === runtime);
    if (used && tool && !tool.ok) console.log(`\n  ${style.red(`✗ ${runtime}`)}: ${tool.reason} ${tool.hint}`);
  }
  console.log('');
}

/** First SIGINT or SIGTERM: finish what runs; the second: now. SPEC §5. */
function stopOnSignal(server: FastFnServer): Promise<number> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      signals++;
      if (signals === 1) {
        console.error(style.dim(`${signal}: finishing running calls (again to stop now)`));
        server.close().then(
          () => resolve(0),
          (error) => {
            console.error(error);
            resolve(1);
          },
        );
      } else void server.close({ now: true });
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
