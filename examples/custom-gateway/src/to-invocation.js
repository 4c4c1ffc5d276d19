import { randomUUID } from 'node:crypto';

/**
 * An HTTP request as the pool takes it: everything already read and bounded.
 * @param {import('node:http').IncomingMessage} request
 * @param {Extract<import('@fastfn/core').RouteMatch, { kind: 'route' }>} match
 * @returns {Promise<import('@fastfn/core').Invocation>}
 */
export async function toInvocation(request, { route, params }) {
  const url = new URL(request.url, 'http://localhost');
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > route.fn.policy.maxBodyBytes) throw new Error('body too large');
    chunks.push(chunk);
  }
  const now = Date.now();
  return {
    fn: route.fn,
    id: randomUUID(),
    method: request.method,
    path: decodeURIComponent(url.pathname),
    rawPath: url.pathname,
    query: [...url.searchParams].flat(),
    params,
    headers: Object.entries(request.headers)
      .flatMap(([name, value]) => [name, String(value)])
      .join('\n'),
    session: null,
    clientIp: request.socket.remoteAddress ?? '',
    body: Buffer.concat(chunks),
    ts: now,
    deadline: now + route.fn.policy.timeoutMs,
    context: null,
    captureOutput: false,
  };
}
