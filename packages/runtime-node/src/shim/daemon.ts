/**
 * The daemon program: supervises the Node workers of one or more gateways. Loads no user code.
 * `node daemon.js --socket <path> [--lifeline]`, PROTOCOL.md §3.
 */
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listen } from '@fastfn/protocol';
import { ControlSession } from './control-session.js';
import { Reaper } from './reaper.js';
import { expectedLevel } from './sandbox/index.js';
import { Spare } from './spare.js';

/** How long workers have to finish their calls when the daemon is told to end. */
const STOP_GRACE_MS = 1000;

/** What the gateway's own switches and secrets begin with: never for functions, also when the daemon was started by hand. */
const PRIVATE = /^FN_(?:ADMIN|CONSOLE|TRUSTED)_/;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { socket: { type: 'string' }, lifeline: { type: 'boolean' } } });
  if (values.socket === undefined) {
    process.stderr.write('usage: node daemon.js --socket <path> [--lifeline]\n');
    process.exit(2);
  }
  const reaper = new Reaper();
  const spare = new Spare(workerEnvironment(), dirname(resolve(values.socket)), reaper);
  const sandbox = expectedLevel();
  const sessions = new Set<ControlSession>();
  const listener = await listen(values.socket, {
    onConnection(socket) {
      const session = new ControlSession(socket, {
        spare,
        sandbox,
        maxFrameBytes: maxFrameBytes(),
        onGone: () => sessions.delete(session),
      });
      sessions.add(session);
    },
  });

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await Promise.all([spare.close(), ...[...sessions].map((session) => session.close(STOP_GRACE_MS))]);
    await listener.close();
    reaper.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  if (values.lifeline === true) {
    process.stdin.on('end', () => void stop());
    process.stdin.on('error', () => void stop());
    process.stdin.resume();
  }
  process.stdout.write('ready\n');
}

function workerEnvironment(): Record<string, string | undefined> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !PRIVATE.test(name)));
  // It was for us; a worker learns its limit from the spec.
  delete env.FN_MAX_FRAME_BYTES;
  return env;
}

function maxFrameBytes(): number | undefined {
  const value = Number(process.env.FN_MAX_FRAME_BYTES);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

main().catch((error: unknown) => {
  process.stderr.write(`fastfn: the Node daemon could not start: ${(error as Error).message}\n`);
  process.exit(1);
});
