import type { AsyncLocalStorage } from 'node:async_hooks';
import { connect, listen, MessageType } from '@fastfn/protocol';
import type { Call } from './call.js';
import { warmLoader } from './loader/index.js';
import { Session } from './session.js';

/**
 * Serves one call to itself, in a spare process before anybody waits: what a first call makes Node load and compile
 * (its server, the codec, a call from event to answer) is done then. Measured, it takes 4 ms off a cold start.
 *
 * @param socket path in the daemon's private folder; gone when this resolves
 * @param typescript the last function was TypeScript, the next will be too: load its compiler, 3 MB
 */
export async function rehearse(socket: string, current: AsyncLocalStorage<Call>, typescript: boolean): Promise<void> {
  await warmLoader(typescript);
  const listener = await listen(socket, {
    onConnection(connection) {
      const session: Session = new Session(connection, {
        root: '/',
        maxFrame: 1_048_576,
        base: { env: {}, secrets: {}, context: {}, version: 'default' },
        current,
        handler: async (event) => ({ status: 200, headers: { 'x-rehearsal': 'yes' }, body: { query: event.query } }),
        draining: false,
        callStarted() {},
        callEnded() {},
        closed() {},
      });
      session.ready({ pid: process.pid, concurrency: 0, files: [], load_ms: 0 });
    },
  });
  try {
    await playGateway(socket);
  } finally {
    await listener.close();
  }
}

function playGateway(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connect(socket, {
      side: 'gateway',
      hello: { pid: process.pid },
      onMessage: (message) => {
        if (message[0] === MessageType.HEAD) resolve();
      },
      onClose: () => resolve(),
    }).then((connection) => {
      const headers = 'host\nlocalhost\nuser-agent\nrehearsal';
      const body = Buffer.from('{}');
      connection.send([
        MessageType.INVOKE,
        1,
        'rehearsal',
        'GET',
        '/',
        '/',
        ['name', 'value'],
        [],
        headers,
        '',
        Date.now(),
        1000,
        null,
        null,
        0,
        body,
      ]);
    }, reject);
  });
}
