import { dirname } from 'node:path';
import type { Runtime } from '@fastfn/core';
import type { StartSpec } from '@fastfn/protocol';
import type { Daemon } from './daemon.js';
import { type OpenOptions, open, type Peer } from './peer.js';

/** What START says of a function that wants nothing in particular; `folder` is the handler's. */
export function startSpec(runtime: Runtime, daemon: Daemon, entry: string, over: Partial<StartSpec> = {}): StartSpec {
  const folder = over.folder ?? dirname(entry);
  return {
    socket: daemon.freshSocket(),
    runtime,
    entry,
    folder,
    root: folder,
    own_folder: folder,
    handler: null,
    adapter: null,
    env: {},
    process_env: {},
    secrets: {},
    context: {
      runtime,
      function_name: 'hello',
      version: 'default',
      timeout_ms: 30000,
      max_concurrency: 0,
      max_body_bytes: 1048576,
      worker_pool: { enabled: true },
      gateway: { worker_pid: process.pid },
      debug: { enabled: false },
    },
    max_frame: 16777216,
    memory_mb: 0,
    sandbox: null,
    ...over,
  };
}

export interface Worker extends Peer {
  readonly name: string;
  readonly pid: number;
  readonly spec: StartSpec;
}

let workers = 0;

/** Starts a worker and connects to it; READY or LOAD_ERROR is not awaited. */
export async function startWorker(daemon: Daemon, spec: StartSpec, options?: OpenOptions): Promise<Worker> {
  const name = `w${workers++}`;
  daemon.send([10, name, spec]);
  const started = await daemon.next((message) => (message[0] === 11 || message[0] === 12) && message[1] === name);
  if (started[0] !== 11) throw new Error(`not started: ${JSON.stringify(started)}`);
  return { ...(await open(spec.socket, options)), name, pid: started[2], spec };
}
