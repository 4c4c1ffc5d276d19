import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { loadOptions } from '@fastfn/config';
import { type Runtime, UsageError } from '@fastfn/core';
import { ambientEnv } from '@fastfn/pool';
import { createRuntimes } from './runtimes.js';

/** `sun_path` less its closing zero byte. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

export interface RunDaemonInput {
  readonly runtime: Runtime;
  /** Path of the Unix socket to make. */
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs one daemon in the foreground, for a gateway that names it in `FN_RUNTIME_SOCKETS`. Resolves with its exit code.
 * @throws UsageError `socket_path_too_long`; `no_daemon` when this version cannot run that language, `runtime_unavailable` when this machine cannot.
 */
export async function runDaemon({ runtime, socket, env }: RunDaemonInput): Promise<number> {
  const path = resolve(socket);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new UsageError(
      'socket_path_too_long',
      `${path} is longer than the ${MAX_SOCKET_PATH} bytes that the system allows for a socket.`,
      'Choose a shorter one, such as /tmp/fn.sock.',
    );
  }
  const { options } = loadOptions({ command: 'daemon', cwd: process.cwd(), flags: {}, env });
  const [adapter] = createRuntimes([runtime], options.runtimeBinaries);
  if (!adapter) throw noDaemon(runtime);
  const tool = await adapter.detect();
  if (!tool.ok) throw new UsageError('runtime_unavailable', tool.reason, tool.hint);

  const daemon = adapter.daemonCommand({ socket: path });
  const child = spawn(daemon.command, [...daemon.args], {
    env: { ...ambientEnv(env), ...daemon.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  return new Promise((done, fail) => {
    child.once('error', (cause) =>
      fail(new UsageError('daemon_failed', `The daemon could not be started: ${cause.message}`, undefined, { cause })),
    );
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      done(signal ? 0 : (code ?? 1));
    });
  });
}

function noDaemon(runtime: Runtime): UsageError {
  return runtime === 'lua'
    ? new UsageError('no_daemon', 'Lua has no daemon: it runs inside the gateway.', 'Just start `fastfn run`.')
    : new UsageError('no_daemon', `This version of FastFN cannot run ${runtime}.`, 'Upgrade FastFN.');
}
