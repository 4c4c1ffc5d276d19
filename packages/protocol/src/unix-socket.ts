import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { Connection, type ConnectionOptions } from './connection.js';
import { LastWordsSocket } from './last-words-socket.js';
import { ReadSlab } from './read-slab.js';

/**
 * Opens a connection to a Unix socket. Resolves when the socket is connected, without waiting for the other side's
 * HELLO: what is sent before it leaves together with ours.
 * @throws the system's error (`ENOENT`, `ECONNREFUSED`, …); `onClose` is not called then.
 */
export function connect(path: string, options: ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const slab = new ReadSlab();
    let connection: Connection | null = null;
    // The first one is asked for while the socket is still connecting.
    const buffer = (): Buffer => connection?.readBuffer() ?? slab.room();
    const socket = new LastWordsSocket({
      buffer,
      onBytes: (bytes) => connection!.bytesRead(bytes),
      onEnd: () => connection?.readToEnd(),
    });
    socket.connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      connection = new Connection(socket, options, slab);
      resolve(connection);
    });
  });
}

export interface ListenOptions {
  /** Make a {@link Connection} of the socket at once, in this call: nothing else handles its errors. */
  onConnection(socket: Socket): void;
}

export interface Listener {
  /** Takes no more connections, cuts those that are open, removes the socket file. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens on a Unix socket with mode 0600. The folder must be private already: between making the socket and setting
 * its mode there is a moment.
 * @throws the system's error (`EADDRINUSE`, …)
 */
export async function listen(path: string, { onConnection }: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // At once, and in this thread: a worker must have no other before it enters its sandbox.
  chmodSync(path, 0o600);
  let closing: Promise<void> | undefined;
  return {
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  };
}
