import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FastFnError, type FunctionSpec, type Runtime } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { Fields } from '../fields.js';
import { type JsonObject, readJson } from '../request-body.js';
import { isReserved } from '../reserved-paths.js';
import { writeAtomically } from './atomic-write.js';
import { withInvoke } from './config.js';
import { isBelow } from './contained.js';
import { refusal } from './diagnostics.js';
import { currentApp, type FunctionQuery, functionQuery, projectFormats, queryOf } from './query.js';
import { TEMPLATES } from './templates.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\/[A-Za-z0-9][A-Za-z0-9_-]*)*$/;
const VERSION = /^v?\d[\w.-]{0,63}$/;
const MAX_NAME = 200;
const MAX_CODE = 1_048_576;

/**
 * Writes a new function: its handler, and a `fn.config.json` when something was said. Nothing stays when discovery does
 * not find it.
 * @throws FastFnError `bad_request`, `already_exists`.
 */
export async function createFunction(exchange: Exchange): Promise<{ fn: FunctionSpec; code: string }> {
  const formats = projectFormats(exchange);
  const query = queryOf(exchange);
  const { runtime, name, version } = functionQuery(query);
  const layout = query.get('layout') ?? 'grouped';
  const fields = new Fields(await readJson(exchange));
  if (runtime === undefined) fields.wrong('runtime', 'is missing');
  if (name.length > MAX_NAME || !NAME.test(name))
    fields.wrong('name', 'must be letters, digits, "_", "-" and "/" between parts');
  if (version !== undefined && !VERSION.test(version)) fields.wrong('version', 'must look like v2 or 1.2-beta');
  if (layout !== 'grouped' && layout !== 'plain') fields.wrong('layout', 'must be "grouped" or "plain"');
  if (isReserved(`/${name.toLowerCase()}`)) fields.wrong('name', 'is reserved');
  const code = fields.text('code', MAX_CODE) ?? (runtime === undefined ? '' : TEMPLATES[runtime].code);
  const config = readConfig(fields);
  fields.check();

  const { root } = currentApp(exchange).manifest;
  const wanted = { runtime: runtime!, name, version };
  const folder = folderOf(exchange, wanted, layout);
  const file = join(folder, TEMPLATES[runtime!].file);
  if (existing(exchange, wanted) !== null || existsSync(file)) {
    throw new FastFnError('already_exists', `The function "${name}" exists already.`);
  }
  const text = config === null ? null : `${JSON.stringify(config, null, 2)}\n`;
  const refused = text === null ? null : refusal(formats.checkConfig(text, false), []);
  if (refused !== null) throw refused;

  const made = makeFolders(root, folder);
  try {
    if (text !== null) writeAtomically(join(folder, 'fn.config.json'), text);
    writeAtomically(file, code);
    await exchange.context.options.backend.reload();
    const fn = existing(exchange, wanted);
    if (fn === null || fn.entry !== file) throw notDiscovered(exchange, folder);
    return { fn, code };
  } catch (error) {
    rmSync(file, { force: true });
    if (text !== null) rmSync(join(folder, 'fn.config.json'), { force: true });
    if (made !== null) rmSync(made, { recursive: true, force: true });
    await exchange.context.options.backend.reload();
    throw error;
  }
}

function existing(exchange: Exchange, { name, version, runtime }: FunctionQuery): FunctionSpec | null {
  return currentApp(exchange).table.functionByName(name, version, runtime);
}

/** `<root>/<runtime>/<name>`, `<root>/<name>`, or a folder in that of the function whose version this is. */
function folderOf(
  exchange: Exchange,
  { runtime, name, version }: FunctionQuery & { runtime: Runtime },
  layout: string,
): string {
  const { root } = currentApp(exchange).manifest;
  const main = existing(exchange, { runtime, name, version: undefined });
  const own =
    main?.folder ?? (layout === 'plain' ? join(root, ...name.split('/')) : join(root, runtime, ...name.split('/')));
  return version === undefined ? own : join(own, version);
}

/**
 * Makes a folder and those above it, never through a link that leads out of the root.
 * @returns the topmost folder that was not there, null when all were.
 */
function makeFolders(root: string, folder: string): string | null {
  let above = folder;
  let missing: string | null = null;
  while (!existsSync(above)) {
    missing = above;
    above = dirname(above);
  }
  if (!isBelow(realpathSync(root), realpathSync(above))) {
    throw new FastFnError('forbidden', 'The folder of this function is a link that leads out of the functions root.');
  }
  mkdirSync(folder, { recursive: true });
  return missing;
}

/** What the new function's `fn.config.json` says; null for nothing. */
function readConfig(fields: Fields): JsonObject | null {
  const methods = fields.raw('methods');
  const summary = fields.text('summary', 200);
  const written = fields.raw('route') ?? fields.raw('routes');
  const routes = written === undefined || written === null || written === '' ? [] : [written].flat();
  for (const route of routes) {
    if (typeof route !== 'string' || !route.startsWith('/')) fields.wrong('route', 'must begin with "/"');
    else if (isReserved(route.toLowerCase().replace(/\/{2,}/g, '/')))
      fields.wrong('route', `"${route.slice(0, 80)}" is reserved`);
  }
  const invoke = {
    ...(methods !== undefined && methods !== null && { methods }),
    ...(summary !== undefined && { summary }),
    ...(routes.length > 0 && { routes }),
  };
  return Object.keys(invoke).length === 0 ? null : withInvoke({ invoke });
}

function notDiscovered(exchange: Exchange, folder: string): FastFnError {
  const { manifest, table } = currentApp(exchange);
  const rel = folder.slice(manifest.root.length + 1);
  const said = [...manifest.diagnostics, ...table.diagnostics].filter(({ file }) =>
    file.startsWith(rel.split('/')[0]!),
  );
  const reasons = said.map(({ message, fix }) => `${message} ${fix ?? ''}`.trim()).join(' ');
  const message = `A function in ${rel} would not be found.${reasons === '' ? ' Try the other "layout".' : ` ${reasons}`}`;
  return new FastFnError('bad_request', message, { details: { problems: [{ key: 'name', message }] } });
}
