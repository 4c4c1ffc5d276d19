import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is still read of a refused body. Bytes and ms. */
const LINGER_BYTES = 4 * 1024 * 1024;
const LINGER_MS = 2_000;

/**
 * Sends the answer to a request whose body is refused while it is still coming. Closing at once would reset the
 * connection under the sending client, and the answer would be lost; so the rest is read and thrown away, within
 * bounds, and only then the connection closes.
 */
export function endAfterLinger(req: IncomingMessage, res: ServerResponse, body: Uint8Array): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(end, LINGER_MS);
  function end(): void {
    clearTimeout(timer);
    res.end();
  }
  res.write(body);
  res.once('close', () => clearTimeout(timer));
  req.once('end', end);
  req.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  req.resume();
}
