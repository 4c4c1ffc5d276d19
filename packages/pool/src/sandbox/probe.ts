import type { RuntimeAdapter, SandboxStatus } from '@fastfn/core';
import { silentLogger } from '@fastfn/core';
import { DEFAULT_MAX_FRAME_BYTES } from '@fastfn/protocol';
import { ambientEnv } from '../ambient-env.js';
import { DaemonGroup } from '../daemon-group.js';
import { SocketDir } from '../socket-dir.js';
import type { WorkerHost } from '../worker-host.js';

const LOAD_TIMEOUT_MS = 10_000;
const HEALTH_INTERVAL_MS = 60_000;

/**
 * What would confine the functions of a language on this machine: starts its daemon, asks, and ends it. Null when it does
 * not come up or does not say.
 *
 * @param inProcess what runs its workers when it has no daemon
 */
export async function probeSandbox(
  adapter: RuntimeAdapter,
  inProcess: WorkerHost | null,
  env: NodeJS.ProcessEnv,
): Promise<SandboxStatus | null> {
  const sockets = new SocketDir();
  const group = new DaemonGroup({
    adapter,
    sockets: [sockets.daemonSocket(adapter.runtime, 1, 1)],
    external: [],
    inProcess,
    env: ambientEnv(env),
    maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
    loadTimeoutMs: LOAD_TIMEOUT_MS,
    healthIntervalMs: HEALTH_INTERVAL_MS,
    backoff: undefined,
    logger: silentLogger,
    onChange: () => {},
    onDaemon: () => {},
  });
  try {
    await group.detect();
    await group.start();
    return group.sandbox;
  } finally {
    await group.close();
    sockets.close();
  }
}
