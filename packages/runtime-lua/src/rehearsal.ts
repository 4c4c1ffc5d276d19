import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_MAX_FRAME_BYTES, type InvokeMessage, MessageType, type StartSpec } from '@fastfn/protocol';
import { FramePort, type Port } from './frame-port.js';
import type { ToThread } from './thread-messages.js';

// From src and dist alike: `shim` lies beside both.
const HANDLER = fileURLToPath(new URL('../shim/rehearsal.lua', import.meta.url));

/** One call is not enough: in its first few runs V8 has not yet learned what a function is given. */
const CALLS = 4;

/**
 * Has a new thread serve a function that nobody calls: what is slow the first time (code that is compiled when it is first run, in
 * JavaScript and in WebAssembly) is then behind it. It takes the very way of a first real call, messages and all. What comes back
 * until the thread says that it is over is of no interest.
 */
export function rehearse(port: Port & { postMessage(value: ToThread): void }): void {
  port.postMessage({ start: rehearsalSpec() });
  const frames = new FramePort(port, DEFAULT_MAX_FRAME_BYTES, () => {});
  for (let id = 1; id <= CALLS; id++) {
    frames.add(invoke(id, []));
    frames.flush();
  }
  frames.add(invoke(CALLS + 1, ['fail', '1']));
  frames.flush();
  port.postMessage({ rehearsed: true });
}

function rehearsalSpec(): StartSpec {
  const folder = dirname(HANDLER);
  return {
    socket: '',
    runtime: 'lua',
    entry: HANDLER,
    folder,
    root: folder,
    own_folder: folder,
    handler: null,
    adapter: null,
    env: {},
    process_env: {},
    secrets: {},
    context: { version: 'default' },
    max_frame: DEFAULT_MAX_FRAME_BYTES,
    memory_mb: 0,
    sandbox: {
      strict: true,
      read: [],
      list: [],
      write: [folder],
      hide: [],
      unhidden: null,
      empty: '',
      unix: false,
      filter: [],
    },
  };
}

function invoke(id: number, params: readonly string[]): InvokeMessage {
  const query = ['name', 'Ada'];
  const headers = 'host\nlocalhost\naccept\n*/*';
  const now = Date.now();
  const body = Buffer.alloc(0);
  return [
    MessageType.INVOKE,
    id,
    'rehearsal',
    'GET',
    '/',
    '/',
    query,
    params,
    headers,
    '',
    now,
    1000,
    null,
    null,
    0,
    body,
  ];
}
