import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { defineCases } from '../case.js';

/** What a `flood` would send in all if nobody held it back. */
const FLOOD_BYTES = 1000 * 65_536;

/** More than all buffers between handler and client together. */
const BUFFERED_BYTES = 32 * 1024 * 1024;

/** Opens an answer without reading its body. */
function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers: { 'accept-encoding': 'identity' } }, resolve).on('error', reject);
  });
}

/** The next piece of the body, as text. */
async function nextPiece(pieces: AsyncIterator<Buffer>): Promise<string> {
  const { value, done } = await pieces.next();
  return done ? '' : value.toString();
}

/** Lets a handler that waits for it go on. */
function openGate(folder: string, name: string): void {
  mkdirSync(join(folder, '.state'), { recursive: true });
  writeFileSync(join(folder, '.state', name), '');
}

/**
 * SPEC §8, streaming. The modes of the handler, all with `tag` from the query:
 * `text` yields "one ", "two ", "three"; `bytes` yields bytes; `sse` has the type text/event-stream, yields
 * "data: 1\n\n", waits until the file `.state/go-<tag>` exists, yields "data: 2\n\n"; `envelope` is status 201 with a
 * header and a streamed body; `empty` yields nothing; `fail` yields "before" and throws; `flood` yields 1000 times
 * 64 KiB, writing how many so far to `.state/sent-<tag>` and, when it ends in whatever way, `.state/closed-<tag>`;
 * `endless` yields "tick\n" until stopped, then writes `.state/closed-<tag>`.
 */
export const streamingCases = defineCases('streaming', 'stream', [
  {
    id: 'streaming.text',
    title: 'yielded text is a body of text',
    request: { path: '/stream?mode=text' },
    expect: { headers: { 'content-type': 'text/plain; charset=utf-8' }, text: 'one two three' },
  },
  {
    id: 'streaming.bytes',
    title: 'yielded bytes are bytes',
    request: { path: '/stream?mode=bytes' },
    expect: { headers: { 'content-type': 'application/octet-stream' }, bytes: Uint8Array.from([0, 255, 1, 254, 2]) },
  },
  {
    id: 'streaming.envelope',
    title: 'a streamed body may stand in an envelope',
    request: { path: '/stream?mode=envelope' },
    expect: { status: 201, headers: { 'x-stream': 'yes', 'content-type': 'text/x-thing' }, text: 'ab' },
  },
  {
    id: 'streaming.empty',
    title: 'a stream without anything is an empty body',
    request: { path: '/stream?mode=empty' },
    expect: { text: '' },
  },
  {
    id: 'streaming.sse',
    title: 'each piece reaches the client when it is made',
    async script({ url, folder }) {
      const response = await open(`${url}/stream?mode=sse&tag=sse`);
      expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
      const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect(await nextPiece(pieces)).toBe('data: 1\n\n');
      openGate(folder, 'go-sse');
      expect(await nextPiece(pieces)).toBe('data: 2\n\n');
      expect(await nextPiece(pieces)).toBe('');
    },
  },
  {
    id: 'streaming.fail',
    title: 'a stream that fails is broken off, not ended as if whole',
    async script({ url }) {
      const response = await open(`${url}/stream?mode=fail`);
      expect(response.statusCode).toBe(200);
      let text = '';
      await expect(
        (async () => {
          for await (const piece of response) text += piece;
        })(),
      ).rejects.toThrow(/aborted|reset/i);
      expect('before').toContain(text);
    },
  },
  {
    id: 'streaming.cancel',
    title: 'a client that leaves stops the handler',
    async script({ url, folder }) {
      const response = await open(`${url}/stream?mode=endless&tag=cancel`);
      const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect(await nextPiece(pieces)).toMatch(/tick/);
      response.destroy();
      await expect.poll(() => existsSync(join(folder, '.state', 'closed-cancel')), { timeout: 10_000 }).toBe(true);
    },
  },
  {
    id: 'streaming.backpressure',
    title: 'a client that does not read holds the handler back',
    async script({ url, folder }) {
      const sent = (): number => {
        try {
          return Number(readFileSync(join(folder, '.state', 'sent-flood'), 'utf8')) * 65_536;
        } catch {
          return 0;
        }
      };
      const response = await open(`${url}/stream?mode=flood&tag=flood`);
      response.pause();
      // It has come to rest when two looks a while apart see the same.
      let before = -1;
      await expect
        .poll(
          () => {
            const now = sent();
            const rests = now > 0 && now === before;
            before = now;
            return rests;
          },
          { interval: 300, timeout: 20_000 },
        )
        .toBe(true);
      expect(sent()).toBeLessThan(BUFFERED_BYTES);
      expect(existsSync(join(folder, '.state', 'closed-flood'))).toBe(false);
      let received = 0;
      for await (const piece of response) received += (piece as Buffer).length;
      expect(received).toBe(FLOOD_BYTES);
    },
  },
  {
    id: 'streaming.several',
    title: 'streams of one function run beside each other',
    async script({ url, folder }) {
      const tags = ['a', 'b', 'c'];
      const streams = await Promise.all(tags.map((tag) => open(`${url}/stream?mode=sse&tag=${tag}`)));
      const pieces = streams.map((stream) => stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
      expect(await Promise.all(pieces.map(nextPiece))).toEqual(tags.map(() => 'data: 1\n\n'));
      for (const tag of [...tags].reverse()) openGate(folder, `go-${tag}`);
      expect(await Promise.all(pieces.map(nextPiece))).toEqual(tags.map(() => 'data: 2\n\n'));
      for (const stream of streams) stream.destroy();
    },
  },
]);
