import { Agent, request as httpRequest } from 'node:http';

/**
 * A client with one kept-alive connection, for figures of single requests; load comes from `load.mjs`.
 *
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer, ms: number, firstByteMs: number }} Answer
 */
export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param {number} port on 127.0.0.1: this program never speaks to another host */
  constructor(port) {
    this.port = port;
  }

  /**
   * @param {string} path
   * @param {{ method?: string, headers?: Record<string, string>, body?: Buffer | string, timeoutMs?: number }} [options]
   * @returns {Promise<Answer>}
   */
  request(path, { method = 'GET', headers, body, timeoutMs = 30_000 } = {}) {
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const request = httpRequest({ host: '127.0.0.1', port: this.port, path, method, headers, agent: this.#agent });
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer to ${path} within ${timeoutMs} ms`)));
      request.on('error', reject);
      request.on('response', (response) => {
        /** @type {Buffer[]} */
        const chunks = [];
        let firstByteMs = 0;
        response.on('data', (chunk) => {
          firstByteMs ||= performance.now() - began;
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            ms: performance.now() - began,
            firstByteMs,
          }),
        );
      });
      request.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
