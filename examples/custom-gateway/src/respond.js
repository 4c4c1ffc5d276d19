/**
 * Writes a function's answer to an HTTP response, as it comes.
 * @param {import('node:http').ServerResponse} response
 * @param {() => import('@fastfn/core').InvocationHandle} handle
 * @returns {import('@fastfn/core').ResponseSink}
 */
export function respond(response, handle) {
  const fail = (status, message) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${message}\n`);
  };
  return {
    onHead(status, headers, body, end) {
      response.writeHead(status, [...headers]);
      if (end) response.end(body);
      else if (body?.length) response.write(body);
      else response.flushHeaders();
    },
    onChunk(chunk) {
      // Credit only once the client took the bytes: so backpressure reaches the handler.
      response.write(chunk, () => handle().credit(chunk.length));
    },
    onEnd: () => response.end(),
    onProxy: () => fail(501, 'this gateway has no proxy'),
    onError: (error) => fail(error.status, error.message),
  };
}
