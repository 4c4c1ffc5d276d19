import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedOptions } from '@fastfn/config';
import type { AppSnapshot } from '@fastfn/server';
import { checkPort, describeDiagnostic, detectTools, inspectTree } from '@fastfn/server';
import { type Check, fail, ok, warn } from './check.js';
import { sandboxChecks } from './sandbox.js';

/** Everything `fastfn doctor` looks at, in the order it is shown. */
export async function runChecks(loaded: LoadedOptions, input: { dir?: string; configFile?: string }): Promise<Check[]> {
  const { options } = loaded;
  const rootCheck = functionsRoot(options.root);
  const snapshot = rootCheck.status === 'FAIL' ? null : inspectTree(input);
  return [
    nodeVersion(process.versions.node),
    rootCheck,
    ...loaded.diagnostics.map((d) => warn('project_config', describeDiagnostic(d, { fix: false }), d.fix ?? '')),
    ...(snapshot ? functions(snapshot) : []),
    ...(await runtimes(snapshot, input)),
    ...(await sandboxChecks(options, snapshot, input)),
    await port(options.host, options.port),
    sockets(options.socketBaseDir ?? tmpdir()),
    writable('state_dir', options.stateDir),
  ];
}

function nodeVersion(version: string): Check {
  const major = Number(version.split('.')[0]);
  return major >= 20
    ? ok('node', `Node ${version}`)
    : fail('node', `Node ${version} is too old`, 'Install Node 20 or newer.');
}

function functionsRoot(root: string): Check {
  const stat = statSync(root, { throwIfNoEntry: false });
  if (!stat)
    return fail(
      'functions_root',
      `${root} does not exist`,
      'Create it, or name another folder: fastfn dev <dir>, or "functions-dir" in fastfn.json.',
    );
  if (!stat.isDirectory())
    return fail('functions_root', `${root} is no folder`, 'Name the folder that holds your handler files.');
  try {
    accessSync(root, constants.R_OK | constants.X_OK);
  } catch {
    return fail('functions_root', `${root} cannot be read`, `Give this user access: chmod u+rx ${root}`);
  }
  return ok('functions_root', root);
}

function functions({ manifest, diagnostics, table }: AppSnapshot): Check[] {
  const count = `${manifest.functions.length} function(s), ${table.routes.length} route(s)`;
  const summary =
    manifest.functions.length > 0
      ? ok('functions', count)
      : warn('functions', 'No functions found', 'Save a handler, for example hello.js, or run fastfn init hello.');
  const problems = diagnostics
    .filter((d) => d.severity !== 'info')
    .map((d) =>
      d.severity === 'error'
        ? fail(d.code, describeDiagnostic(d, { fix: false }), d.fix ?? '')
        : warn(d.code, describeDiagnostic(d, { fix: false }), d.fix ?? ''),
    );
  return [summary, ...problems];
}

async function runtimes(snapshot: AppSnapshot | null, input: { dir?: string; configFile?: string }): Promise<Check[]> {
  const tools = await detectTools(input);
  const used = new Set(snapshot?.manifest.functions.map((fn) => fn.runtime));
  return Object.entries(tools).map(([runtime, tool]) => {
    if (tool!.ok) return ok(`runtime_${runtime}`, `${runtime}: ${tool!.version} (${tool!.path})`);
    const tell = used.has(runtime as never) ? fail : warn;
    return tell(`runtime_${runtime}`, `${runtime}: ${tool!.reason}`, tool!.hint);
  });
}

async function port(host: string, wanted: number): Promise<Check> {
  try {
    await checkPort({ host, port: wanted });
    return ok('port', `${host}:${wanted} is free`);
  } catch (error) {
    return warn('port', (error as Error).message, (error as { hint?: string }).hint ?? '');
  }
}

/** Linux allows 108 bytes for the path of a Unix socket, macOS 104; the pool adds about 50 to the base. */
const LONGEST_SOCKET_BASE = 50;

function sockets(base: string): Check {
  if (Buffer.byteLength(base) > LONGEST_SOCKET_BASE) {
    return fail(
      'socket_dir',
      `${base} is too long for Unix sockets`,
      'Set FN_SOCKET_BASE_DIR to a shorter path, for example /tmp.',
    );
  }
  return writable('socket_dir', base);
}

function writable(id: string, dir: string): Check {
  const existed = existsSync(dir);
  try {
    mkdirSync(dir, { recursive: true });
    rmSync(mkdtempSync(join(dir, 'doctor-')), { recursive: true });
    return ok(id, `${dir} is writable`);
  } catch (error) {
    return fail(
      id,
      `${dir} cannot be written: ${(error as Error).message}`,
      'Give this user write access, or name another folder.',
    );
  } finally {
    if (!existed) rmSync(dir, { recursive: true, force: true });
  }
}
