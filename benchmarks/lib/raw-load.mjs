import { connect } from 'node:net';

const STATUS = 'HTTP/1.1 ';

/**
 * GET requests over raw connections, `pipelined` of them in each write, and the next ones when all of these are answered:
 * a load that is the same on every machine.
 * @param {number} port
 * @param {{ path: string, connections: number, requests: number, pipelined: number }} options
 */
export async function rawLoad(port, { path, connections, requests, pipelined }) {
  const batch = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`.repeat(pipelined);
  const batches = Math.ceil(requests / connections / pipelined);
  await Promise.all(Array.from({ length: connections }, () => oneConnection(port, batch, pipelined, batches)));
}

/** @param {number} port @param {string} batch @param {number} pipelined @param {number} batches */
function oneConnection(port, batch, pipelined, batches) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(batch));
    let answered = 0;
    let left = batches;
    let tail = '';
    socket.on('data', (chunk) => {
      // A status line may lie across two reads.
      const text = tail + chunk.toString('latin1');
      let at = text.indexOf(STATUS);
      let rest = 0;
      while (at !== -1 && at + 12 <= text.length) {
        const status = text.slice(at + 9, at + 12);
        if (status !== '200') {
          socket.destroy();
          reject(new Error(`status ${status}`));
          return;
        }
        answered++;
        rest = at + 12;
        at = text.indexOf(STATUS, rest);
      }
      tail = text.slice(Math.max(rest, text.length - 12));
      if (answered < pipelined) return;
      answered = 0;
      if (--left > 0) socket.write(batch);
      else socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => (left === 0 ? resolve(undefined) : reject(new Error('the server closed the connection'))));
  });
}
