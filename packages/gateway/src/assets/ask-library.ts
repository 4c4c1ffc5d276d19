import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import send from '@fastify/send';

/** How much of a file is read at once. Left to itself the library reads 16 KiB, which halves the speed; bytes. */
export const READ_LENGTH = 65_536;

/**
 * What `@fastify/send` makes of a request for a file: status, headers, stream; nothing has been answered yet. Type and
 * caching are ours, see `AssetFile`.
 * @param file below root, percent-encoded.
 */
export async function askLibrary(req: IncomingMessage, root: string, file: string): Promise<send.SendResult> {
  const options: send.SendOptions = {
    root,
    index: false,
    cacheControl: false,
    contentType: false,
    highWaterMark: READ_LENGTH,
  };
  const result = await send(req, file, options);
  if (!isRangeMisjudged(req, result)) return result;
  discard(result.stream);
  return send(req, file, { ...options, acceptRanges: false });
}

/** Lets go of a stream nobody will read. Its file may be gone by now, which must not become an uncaught error. */
export function discard(stream: Readable): void {
  stream.on('error', () => {}).destroy();
}

/**
 * The two points of RFC 9110 that the library (4.2.1) misses; the whole file is a right answer to both. It takes
 * If-Range for fulfilled by weak tags (its own are weak) and by any later date, which glues parts of two files together
 * after a roll-back (§13.1.5). And it refuses a suffix longer than the file with 416 (§14.1.2).
 */
function isRangeMisjudged({ headers }: IncomingMessage, { statusCode, headers: answer }: send.SendResult): boolean {
  if (statusCode !== 206 && statusCode !== 416) return false;
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== answer['Last-Modified']) return true;
  return statusCode === 416 && /^\s*bytes=\s*-0*[1-9]/.test(headers.range ?? '');
}
