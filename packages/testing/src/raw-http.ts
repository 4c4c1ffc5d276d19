import { connect } from 'node:net';

/**
 * Sends bytes as they are over a new TCP connection and gives all that comes back until the server closes.
 * For malformed requests, which `fetch` cannot make.
 */
export function rawHttp(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', (error) => (parts.length ? resolve(Buffer.concat(parts).toString('latin1')) : reject(error)));
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    socket.write(bytes);
  });
}
