import { startServer } from './subject.mjs';

/**
 * Starts FastFN on a folder, for scenarios about FastFN alone.
 * @param {import('./context.mjs').Context} context
 * @param {{ folder: string, mode?: 'dev' | 'run', path?: string, nodeFlags?: readonly string[] }} options `path` must answer 200
 */
export function serveFolder(context, { folder, mode = 'run', path = '/_fn/live', nodeFlags = [] }) {
  return startServer(
    `fastfn-${mode}`,
    (port) => ({
      command: process.execPath,
      args: [...nodeFlags, context.settings.cli, mode, folder, '--port', `${port}`],
      cwd: folder,
      env: { NODE_ENV: mode === 'dev' ? 'development' : 'production' },
    }),
    { context, path, check: ({ status }) => status === 200 },
  );
}
