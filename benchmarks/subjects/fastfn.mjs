import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as handlers from '../lib/handlers.mjs';
import { findTool, versionOf } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';
import { Unavailable } from '../lib/unavailable.mjs';

/** Ours: `fastfn run` as a user starts it, with nothing but handler files. */
export default [
  fastfn({ id: 'fastfn-node', title: 'FastFN, Node function', files: handlers.NODE, can: ['echo', 'stream'] }),
  fastfn({ id: 'fastfn-typescript', title: 'FastFN, TypeScript function', files: handlers.TYPESCRIPT }),
  fastfn({ id: 'fastfn-node-x2', title: 'FastFN, Node function, 2 gateways', files: handlers.NODE, gateways: 2 }),
  fastfn({ id: 'fastfn-python', title: 'FastFN, Python function', files: handlers.PYTHON, can: ['echo', 'stream'] }),
  fastfn({
    id: 'fastfn-python-p1',
    title: 'FastFN, Python function, 1 process',
    files: { ...handlers.PYTHON, ...handlers.pythonProcesses(1) },
  }),
  fastfn({
    id: 'fastfn-python-p2',
    title: 'FastFN, Python function, 2 processes',
    files: { ...handlers.PYTHON, ...handlers.pythonProcesses(2) },
  }),
  fastfn({ id: 'fastfn-python-async', title: 'FastFN, async Python function', files: handlers.PYTHON_ASYNC }),
  fastfn({ id: 'fastfn-php', title: 'FastFN, PHP function', files: handlers.PHP, runtime: 'php', tool: 'php' }),
  fastfn({ id: 'fastfn-lua', title: 'FastFN, Lua function', files: handlers.LUA, runtime: 'lua' }),
  fastfn({ id: 'fastfn-go', title: 'FastFN, Go function', files: handlers.GO, runtime: 'go', tool: 'go' }),
  fastfn({ id: 'fastfn-rust', title: 'FastFN, Rust function', files: handlers.RUST, runtime: 'rust', tool: 'cargo' }),
];

/**
 * @param {{ id: string, title: string, files: Record<string, string | object>, gateways?: number, runtime?: string, tool?: string,
 *           can?: readonly import('../lib/subject.mjs').Capability[] }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function fastfn({ id, title, files, gateways = 1, runtime, tool, can = [] }) {
  return {
    id,
    title,
    ours: true,
    can,
    async prepare({ settings: { cli, root } }) {
      const version = versionOf(process.execPath, cli, 'version');
      if (!version?.startsWith('FastFN')) throw new Unavailable(`${cli} does not run; build it: npx turbo run build`);
      if (runtime && !existsSync(join(root, `packages/runtime-${runtime}/dist`))) {
        throw new Unavailable(`this version has no ${runtime} runtime`);
      }
      if (tool && !findTool(tool)) throw new Unavailable(`${tool} is not installed`);
      if (gateways > 1 && !supportsGateways(cli)) throw new Unavailable('this version has no --gateways');
      return version.replace('FastFN ', '');
    },
    command(context, port) {
      const folder = writeTree(context.dir(id), files);
      const args = [context.settings.cli, 'run', folder, '--port', `${port}`];
      if (gateways > 1) args.push('--gateways', `${gateways}`);
      return { command: process.execPath, args, cwd: folder };
    },
  };
}

/** @param {string} cli */
function supportsGateways(cli) {
  return versionOf('/bin/sh', '-c', `"$0" "$1" run --help 2>&1 | grep -- --gateways`, process.execPath, cli) !== null;
}
