import type { StartSpec } from '@fastfn/protocol';
import { type Daemon, type DaemonOptions, daemonStarter, startSpec } from '@fastfn/runtime-testing';
import { createPhpRuntime } from '../src/index.js';

export { call, type Daemon, invokeMessage, open, startWorker, tree, type Worker } from '@fastfn/runtime-testing';

export const PHP = process.env.FN_PHP_BIN ?? 'php';

/** Looks again and again until there is something: for what a handler does to files, which no message tells. */
export async function eventually<T>(check: () => T | false): Promise<T> {
  const until = Date.now() + 10_000;
  for (;;) {
    try {
      const value = check();
      if (value !== false) return value;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    if (Date.now() > until) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface PhpDaemonOptions extends DaemonOptions {
  /** Of php.ini. */
  readonly settings?: readonly string[];
}

export const { startDaemon, makeDaemon } = daemonStarter<PhpDaemonOptions>((socket, { settings = [] }) => {
  const { command, args } = createPhpRuntime({ bin: PHP }).daemonCommand({ socket });
  const at = args.indexOf('--');
  const set = settings.flatMap((setting) => ['-d', setting]);
  return { command, args: [...args.slice(0, at), ...set, ...args.slice(at)] };
});

export function specFor(daemon: Daemon, entry: string, over?: Partial<StartSpec>): StartSpec {
  return startSpec('php', daemon, entry, over);
}
