import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Says on the way to the primary who the client is. Whatever a client says under this name is overwritten. */
export const PEER_HEADER = 'x-fastfn-internal-peer';

/** Of one connection, not of the request. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const UNREACHABLE = JSON.stringify({ error: 'The server is stopping.', code: 'shutting_down' });

/** Passes what is FastFN's own on to the primary, streamed both ways, each request over a connection of its own. */
export function forwardReserved(controlSocket: string) {
  return (req: IncomingMessage, res: ServerResponse, peer: string): void => {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(req.headers)) {
      if (value !== undefined && !HOP_BY_HOP.has(name)) headers[name] = value;
    }
    if (req.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
    headers[PEER_HEADER] = peer;
    if (req.headers.expect !== undefined) res.writeContinue();
    const upstream = request({
      socketPath: controlSocket,
      agent: false,
      method: req.method,
      path: req.url,
      headers,
      setHost: false,
    });
    upstream.once('response', (answer) => {
      const kept: string[] = [];
      const { rawHeaders } = answer;
      for (let i = 0; i < rawHeaders.length; i += 2) {
        if (!HOP_BY_HOP.has(rawHeaders[i]!.toLowerCase())) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
      }
      res.sendDate = false;
      res.writeHead(answer.statusCode!, kept);
      res.flushHeaders();
      pipeline(answer, res, () => {});
    });
    upstream.once('error', () => {
      if (res.headersSent) res.destroy();
      else res.writeHead(503, { 'Content-Type': 'application/json' }).end(UNREACHABLE);
    });
    res.once('close', () => upstream.destroy());
    pipeline(req, upstream, () => {});
  };
}
