import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PEER_HEADER } from './forward-reserved.js';

export interface ControlServerOptions {
  readonly socket: string;
  /** All that the gateways know is gathered before a request is answered. */
  refresh(): Promise<void>;
  handle(req: IncomingMessage, res: ServerResponse): void;
}

/** Larger than what gateways accept, by what they add. */
const MAX_HEADER_BYTES = 32_768;

/**
 * Where gateways bring requests for what is FastFN's own: the admin API has one home, whichever gateway a client has met.
 * The socket is in a private folder and of mode 0600: who reaches it may say who the client is.
 */
export async function openControlServer({
  socket,
  refresh,
  handle,
}: ControlServerOptions): Promise<{ close(): Promise<void> }> {
  const server = createServer(
    { joinDuplicateHeaders: true, requireHostHeader: false, maxHeaderSize: MAX_HEADER_BYTES },
    (req, res) => {
      // One request per connection: the client of the request is the peer of the connection.
      const peer = req.headers[PEER_HEADER];
      delete req.headers[PEER_HEADER];
      Object.defineProperty(req.socket, 'remoteAddress', { value: typeof peer === 'string' ? peer : undefined });
      void refresh().then(() => handle(req, res));
    },
  );
  server.timeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(socket, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
