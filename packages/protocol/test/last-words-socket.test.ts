import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Connection, connect, encodeFrames, listen, type Message, MessageType } from '../src/index.js';

/** A gateway's connection, and the socket of the worker that it is with. */
async function pair() {
  const folder = mkdtempSync(join(tmpdir(), 'last-words-'));
  let accept!: (socket: Socket) => void;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  let close!: () => void;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const listener = await listen(join(folder, 's'), { onConnection: accept });
  const messages: Message[] = [];
  const connection: Connection = await connect(join(folder, 's'), {
    side: 'gateway',
    hello: { pid: 1 },
    onMessage: (message) => void messages.push(message),
    onClose: () => close(),
  });
  const worker = await accepted;
  worker.on('error', () => {});
  onTestFinished(async () => {
    await listener.close();
    rmSync(folder, { recursive: true });
  });
  return { connection, worker, messages, closed };
}

const HELLO: Message = [MessageType.HELLO, 1, { role: 'worker', runtime: 'x', pid: 1 }];
const end = (id: number): Message => [MessageType.END, id];
const CREDIT: Message = [MessageType.CREDIT, 1, 1];

it('hears what was written before the other side died, also when it finds that out by writing', async () => {
  const { connection, worker, messages, closed } = await pair();
  worker.write(encodeFrames([HELLO, ...Array.from({ length: 5000 }, (_, i) => end(i))]));
  worker.destroy();
  // The same turn: nothing has been read.
  connection.send(CREDIT);
  connection.flush();
  expect(messages).toHaveLength(0);
  await closed;
  expect(messages).toHaveLength(5000);
  expect(connection.heardAll).toBe(true);
});

it('knows that it has not heard all when it closes itself, or finds a fault', async () => {
  const first = await pair();
  first.worker.write(encodeFrames([HELLO]));
  first.connection.destroy();
  await first.closed;
  expect(first.connection.heardAll).toBe(false);

  const second = await pair();
  second.worker.write(Buffer.concat([encodeFrames([HELLO]), Buffer.from([0, 0, 0, 1, 0xc1]), encodeFrames([end(1)])]));
  await second.closed;
  expect(second.connection.heardAll).toBe(false);
});

it('knows that it has when the other side ends, inside a frame too', async () => {
  const { connection, worker, closed } = await pair();
  worker.end(Buffer.concat([encodeFrames([HELLO, end(1)]), Buffer.from([0, 0])]));
  await closed;
  expect(connection.received).toBeGreaterThan(20);
  expect(connection.heardAll).toBe(true);
});
