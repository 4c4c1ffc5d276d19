import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ChunkMessage,
  Connection,
  type ConnectionOptions,
  connect,
  Decoder,
  encodeFrames,
  FAULT_CODES,
  FrameReader,
  type HeadMessage,
  type InvokeMessage,
  type Listener,
  listen,
  type Message,
  MessageType,
  type PayloadMessage,
  ProtocolError,
  type Role,
} from '../src/index.js';
import { bytesOf, invalidVectors } from './vectors.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fn-protocol-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 's.sock');
}

/** One side of a connection under test: what arrived, and a promise of its end. */
interface End {
  readonly connection: Connection;
  readonly messages: PayloadMessage[];
  readonly closed: Promise<Error | null>;
  readonly hello: Promise<unknown>;
  /** The next message that was not asked for yet. */
  next(): Promise<PayloadMessage>;
}

function endOf(make: (options: ConnectionOptions) => Connection, options: Partial<ConnectionOptions>): End {
  const messages: PayloadMessage[] = [];
  const waiting: ((message: PayloadMessage) => void)[] = [];
  let taken = 0;
  let onClose!: (error: Error | null) => void;
  let onHello!: (peer: unknown) => void;
  const closed = new Promise<Error | null>((resolve) => {
    onClose = resolve;
  });
  const hello = new Promise<unknown>((resolve) => {
    onHello = resolve;
  });
  const connection = make({
    side: 'gateway',
    hello: {},
    onHello,
    onClose,
    onMessage(message) {
      messages.push(message);
      const wake = waiting.shift();
      if (wake !== undefined) {
        taken++;
        wake(message);
      }
    },
    ...options,
  });
  return {
    connection,
    messages,
    closed,
    hello,
    next: () =>
      taken < messages.length
        ? Promise.resolve(messages[taken++]!)
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}

/** A listener that turns each socket into what `accept` makes of it. */
async function server<T>(
  accept: (socket: Socket) => T,
): Promise<{ path: string; accepted: Promise<T>; listener: Listener }> {
  const path = socketPath();
  let resolve!: (value: T) => void;
  const accepted = new Promise<T>((done) => {
    resolve = done;
  });
  const listener = await listen(path, { onConnection: (socket) => resolve(accept(socket)) });
  cleanups.push(() => listener.close());
  return { path, accepted, listener };
}

/** A gateway and a worker (or daemon) over a real Unix socket. */
async function pair(
  gatewayOptions: Partial<ConnectionOptions> = {},
  peerOptions: Partial<ConnectionOptions> = {},
): Promise<{ gateway: End; worker: End; workerSocket: Socket }> {
  let workerSocket!: Socket;
  const { path, accepted } = await server((socket) => {
    workerSocket = socket;
    return endOf((options) => new Connection(socket, options), { side: 'worker', ...peerOptions });
  });
  const socket = connectSocket(path);
  const gateway = endOf((options) => new Connection(socket, options), gatewayOptions);
  const worker = await accepted;
  cleanups.push(() => gateway.connection.destroy());
  return { gateway, worker, workerSocket };
}

/** A raw client that says what it is told, and collects the messages that come back. */
async function rawClient(path: string): Promise<{ socket: Socket; received: unknown[]; ended: Promise<void> }> {
  const socket = connectSocket(path);
  const reader = new FrameReader();
  const decoder = new Decoder();
  const received: unknown[] = [];
  socket.on('data', (chunk) => {
    reader.push(chunk, (buffer, start, end) => {
      received.push(decoder.decode(buffer, start, end));
      return true;
    });
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  cleanups.push(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  return { socket, received, ended };
}

/** Accepts and reads, but says nothing of itself. */
const silentPeer = (socket: Socket): Socket => socket.on('error', () => {}).resume();

const helloOf = (role: Role, version = 1): Buffer => encodeFrames([[MessageType.HELLO, version, { role }]]);

const call = (id: number, body: Uint8Array = Buffer.alloc(0)): InvokeMessage => [
  MessageType.INVOKE,
  id,
  `request-${id}`,
  'GET',
  '/hello',
  '/hello',
  ['name', 'Ada'],
  [],
  'host\nlocalhost',
  '127.0.0.1',
  1763642000123,
  30_000,
  null,
  null,
  0,
  body,
];

describe('handshake', () => {
  it('tells each side who the other is', async () => {
    const { gateway, worker } = await pair({ hello: { pid: 1 } }, { hello: { pid: 2, runtime: 'node' } });
    expect(await worker.hello).toEqual({ version: 1, role: 'gateway', pid: 1 });
    expect(await gateway.hello).toEqual({ version: 1, role: 'worker', pid: 2, runtime: 'node' });
    expect(gateway.connection.peer).toEqual({ version: 1, role: 'worker', pid: 2, runtime: 'node' });
  });

  it('lets the gateway go on without waiting', async () => {
    const { gateway, worker } = await pair();
    gateway.connection.send(call(1));
    expect(gateway.connection.peer).toBeNull();
    expect(await worker.next()).toEqual(call(1));
  });

  it('keeps what a worker says until the gateway has spoken', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    const client = await rawClient(path);
    const worker = await accepted;
    worker.connection.send([MessageType.FILES, []]);
    worker.connection.flush();
    expect(worker.connection.pendingBytes).toBeGreaterThan(0);
    client.socket.write(helloOf('gateway'));
    await vi.waitFor(() => expect(client.received).toHaveLength(2));
    expect(client.received).toEqual([
      [0, 1, { role: 'worker' }],
      [32, []],
    ]);
  });

  it('gives up after the timeout', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker', handshakeTimeoutMs: 20 }),
    );
    const client = await rawClient(path);
    expect(await (await accepted).closed).toMatchObject({ code: 'handshake_timeout', fromPeer: false });
    await client.ended;
    expect(client.received.at(-1)).toMatchObject([MessageType.FAULT, 'handshake_timeout', expect.any(String)]);
  });

  it('refuses another version, and both sides know why', async () => {
    const { path, accepted } = await server(silentPeer);
    const socket = connectSocket(path);
    const gateway = endOf((options) => new Connection(socket, options), {});
    (await accepted).write(helloOf('worker', 2));
    expect(await gateway.closed).toMatchObject({
      code: 'protocol_version',
      message: 'The other side speaks version 2 of the protocol; this side supports version 1.',
    });
  });

  it.each([
    ['gateway', 'gateway'],
    ['worker', 'daemon'],
    ['daemon', 'worker'],
  ] as const)('a %s does not talk to a %s', async (side, role) => {
    const { path, accepted } = await server((socket) => endOf((options) => new Connection(socket, options), { side }));
    const client = await rawClient(path);
    client.socket.write(helloOf(role));
    expect(await (await accepted).closed).toMatchObject({ code: 'unexpected_message' });
  });

  it('reports a side that leaves before its HELLO', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    (await rawClient(path)).socket.end();
    expect(await (await accepted).closed).toMatchObject({ code: 'connection_closed' });
  });
});

describe('sending', () => {
  /** A gateway over a stream that counts system writes. */
  function recorded(): { gateway: End; writes: Buffer[]; peerSays: (bytes: Buffer) => void } {
    const writes: Buffer[] = [];
    const stream = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        writes.push(Buffer.from(chunk));
        done();
      },
      writev(chunks, done) {
        writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
        done();
      },
    });
    const gateway = endOf((options) => new Connection(stream, options), {});
    cleanups.push(() => gateway.connection.destroy());
    return { gateway, writes, peerSays: (bytes) => stream.push(bytes) };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('puts everything of one turn into one write', async () => {
    const { gateway, writes } = recorded();
    const calls = Array.from({ length: 100 }, (_, i) => call(i + 1));
    for (const message of calls) gateway.connection.send(message);
    expect(writes).toHaveLength(0);
    await turn();
    expect(writes).toHaveLength(1);
    expect(writes[0]!.equals(encodeFrames([[0, 1, { role: 'gateway' }], ...calls]))).toBe(true);
    for (const message of calls) gateway.connection.send(message);
    await turn();
    expect(writes).toHaveLength(2);
  });

  it('writes a large body together with its head', async () => {
    const { gateway, writes } = recorded();
    const message = call(1, Buffer.alloc(1_000_000, 'b'));
    gateway.connection.send(message);
    gateway.connection.send([MessageType.CREDIT, 1, 5]);
    await turn();
    expect(writes).toHaveLength(1);
    expect(writes[0]!.equals(encodeFrames([[0, 1, { role: 'gateway' }], message, [23, 1, 5]]))).toBe(true);
  });

  it('flushes at once when asked', () => {
    const { gateway, writes } = recorded();
    gateway.connection.send([MessageType.CREDIT, 1, 5]);
    gateway.connection.flush();
    gateway.connection.flush();
    expect(writes).toHaveLength(1);
    expect(gateway.connection.pendingBytes).toBe(0);
  });

  it('lets others add what they gathered to the write of the turn, once', async () => {
    const { gateway, writes } = recorded();
    const credit: Message = [MessageType.CREDIT, 1, 5];
    let asked = 0;
    const gatherer = {
      beforeFlush() {
        asked++;
        gateway.connection.send(credit);
      },
    };
    gateway.connection.callBeforeFlush(gatherer);
    gateway.connection.send(credit);
    await turn();
    expect(writes).toHaveLength(1);
    expect(writes[0]!.equals(encodeFrames([[0, 1, { role: 'gateway' }], credit, credit]))).toBe(true);
    gateway.connection.send(credit);
    await turn();
    expect(asked).toBe(1);
    gateway.connection.destroy();
    gateway.connection.callBeforeFlush(gatherer);
    await turn();
    expect(asked).toBe(1);
  });

  it('hands on all messages of one read in order', async () => {
    const { gateway, peerSays } = recorded();
    const heads: Message[] = Array.from({ length: 50 }, (_, i) => [40, i, 200, [], 1, Buffer.from('x')]);
    peerSays(Buffer.concat([helloOf('worker'), encodeFrames(heads)]));
    await turn();
    expect(gateway.messages).toEqual(heads);
  });

  it('leaves bytes that were received alone for good', async () => {
    const { gateway, worker } = await pair();
    await gateway.hello;
    const bodies = Array.from({ length: 200 }, (_, i) => Buffer.alloc(700, i));
    for (const [i, body] of bodies.entries()) worker.connection.send([MessageType.CHUNK, i, body]);
    worker.connection.send([MessageType.END, 1]);
    while ((await gateway.next())[0] !== MessageType.END);
    for (const [i, body] of bodies.entries()) expect(body.equals((gateway.messages[i] as ChunkMessage)[2])).toBe(true);
  });

  it('carries 8 MiB there and back, byte for byte', async () => {
    const { gateway, worker } = await pair();
    const body = Buffer.alloc(8 << 20);
    for (let i = 0; i < body.length; i += 4) body.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
    gateway.connection.send(call(1, body));
    const [, id, , , , , , , , , , , , , , received] = (await worker.next()) as InvokeMessage;
    worker.connection.send([MessageType.HEAD, id, 200, [], 1, received]);
    const head = (await gateway.next()) as HeadMessage;
    expect(body.equals(head[5])).toBe(true);
  });

  it('keeps a burst of mixed sizes in order', async () => {
    const { gateway, worker } = await pair();
    const sizes = Array.from({ length: 400 }, (_, i) => (i % 7 === 0 ? 40_000 : (i * 37) % 900));
    for (const [i, size] of sizes.entries()) {
      gateway.connection.send(call(i, Buffer.alloc(size, i)));
      if (i % 50 === 49) await turn();
    }
    for (const [i, size] of sizes.entries()) {
      const message = (await worker.next()) as InvokeMessage;
      expect(message[1]).toBe(i);
      expect(Buffer.alloc(size, i).equals(message[15])).toBe(true);
    }
  });

  it('says how much waits when the other side does not read, and when that is gone', async () => {
    const { gateway, worker, workerSocket } = await pair();
    await gateway.hello;
    await expect(gateway.connection.drained()).resolves.toBeUndefined();
    workerSocket.pause();
    const body = Buffer.alloc(4 << 20);
    gateway.connection.send(call(1, body));
    let drained = false;
    const whenDrained = gateway.connection.drained().then(() => {
      drained = true;
    });
    await turn();
    expect(drained).toBe(false);
    expect(gateway.connection.pendingBytes).toBeGreaterThan(1 << 20);
    workerSocket.resume();
    await whenDrained;
    expect(gateway.connection.pendingBytes).toBe(0);
    await worker.next();
  });

  it('refuses a message over the limit and goes on', async () => {
    const { gateway, worker } = await pair({ maxFrameBytes: 1000 });
    expect(() => gateway.connection.send(call(1, Buffer.alloc(1000)))).toThrow(
      expect.objectContaining({ code: 'frame_too_large' }),
    );
    gateway.connection.send(call(2));
    expect((await worker.next())[1]).toBe(2);
  });
});

describe('ping', () => {
  it('is answered by the connection itself, both ways', async () => {
    const { gateway, worker } = await pair();
    await Promise.all([gateway.hello, worker.hello]);
    expect(await gateway.connection.ping(5000)).toBeGreaterThanOrEqual(0);
    const both = await Promise.all([worker.connection.ping(5000), worker.connection.ping(5000)]);
    expect(both).toHaveLength(2);
    expect([...gateway.messages, ...worker.messages]).toEqual([]);
  });

  it('rejects when no answer comes', async () => {
    const { path, accepted } = await server(silentPeer);
    const socket = connectSocket(path);
    const gateway = endOf((options) => new Connection(socket, options), {});
    cleanups.push(() => gateway.connection.destroy());
    (await accepted).write(helloOf('worker'));
    await gateway.hello;
    await expect(gateway.connection.ping(10)).rejects.toMatchObject({ code: 'ping_timeout' });
    // An answer that comes too late, or was never asked for, is ignored.
    (await accepted).write(
      encodeFrames([
        [MessageType.PONG, 1],
        [MessageType.FILES, []],
      ]),
    );
    expect(await gateway.next()).toEqual([MessageType.FILES, []]);
  });

  it('rejects when the connection ends', async () => {
    const { gateway, worker } = await pair();
    await gateway.hello;
    const ping = gateway.connection.ping(5000);
    gateway.connection.destroy();
    await expect(ping).rejects.toMatchObject({ code: 'connection_closed' });
    await expect(gateway.connection.ping(5000)).rejects.toMatchObject({ code: 'connection_closed' });
    await worker.closed;
  });
});

describe('faults', () => {
  it.each(invalidVectors())('$name: $fault', async ({ fault, from, to, after_hello, limit, eof, hex }) => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: to, maxFrameBytes: limit ?? 16_777_216 }),
    );
    const client = await rawClient(path);
    const end = await accepted;
    if (after_hello) client.socket.write(helloOf(from));
    client.socket.write(bytesOf(hex));
    if (eof) client.socket.end();
    expect(await end.closed).toMatchObject({ code: fault, fromPeer: false });
    await client.ended;
    expect(end.messages).toEqual([]);
    const last = client.received.at(-1) as unknown[];
    if (!eof) expect(last.slice(0, 2)).toEqual([MessageType.FAULT, fault]);
    expect(end.connection.closed).toBe(true);
  });

  it('reach the side that made the mistake', async () => {
    const { gateway, worker } = await pair();
    await gateway.hello;
    gateway.connection.send([MessageType.END, 1]);
    expect(await worker.closed).toMatchObject({ code: 'unexpected_message', fromPeer: false });
    expect(await gateway.closed).toMatchObject({
      code: 'unexpected_message',
      fromPeer: true,
      message: 'The other side found a fault: END travels from worker to gateway; it came from gateway to worker.',
    });
  });

  it('of a kind not known here keep their words', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    const client = await rawClient(path);
    client.socket.write(
      Buffer.concat([helloOf('gateway'), encodeFrames([[MessageType.FAULT, 'new_fault', 'Sorry.']])]),
    );
    expect(await (await accepted).closed).toMatchObject({
      code: 'peer_fault',
      message: 'The other side found a fault: new_fault: Sorry.',
    });
  });

  it('throw away what follows, messages included', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    const client = await rawClient(path);
    const worker = await accepted;
    client.socket.write(
      Buffer.concat([helloOf('gateway'), encodeFrames([call(1)]), Buffer.alloc(4), encodeFrames([call(2)])]),
    );
    expect(await worker.closed).toMatchObject({ code: 'malformed_frame' });
    expect(worker.messages).toEqual([call(1)]);
  });

  it('end every stream of garbage with a code', async () => {
    const path = socketPath();
    const ends: End[] = [];
    const listener = await listen(path, {
      onConnection: (socket) =>
        ends.push(endOf((options) => new Connection(socket, options), { side: 'worker', maxFrameBytes: 4096 })),
    });
    cleanups.push(() => listener.close());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.boolean(), async (garbage, greeted) => {
        const client = await rawClient(path);
        if (greeted) client.socket.write(helloOf('gateway'));
        client.socket.end(garbage);
        await client.ended;
        const error = await ends.shift()!.closed;
        expect(error).toMatchObject({
          code: expect.toSatisfy((code) => [...FAULT_CODES, 'connection_closed'].includes(code)),
        });
      }),
      { numRuns: 100 },
    );
  });

  it('come from the stream, not from an error that the owner throws', async () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const connection = new Connection(stream, {
      side: 'gateway',
      hello: {},
      onMessage() {
        throw new ProtocolError('malformed_frame', 'mine');
      },
      onClose() {},
    });
    const chunk = Buffer.concat([helloOf('worker'), encodeFrames([[MessageType.END, 1]])]);
    expect(() => stream.emit('data', chunk)).toThrow('mine');
    expect(connection.closed).toBe(false);
    connection.destroy();
  });
});

describe('closing', () => {
  it('sends what is queued first, and tells both sides once', async () => {
    const { gateway, worker } = await pair();
    await gateway.hello;
    for (let id = 0; id < 10; id++) gateway.connection.send(call(id, Buffer.alloc(20_000)));
    const closed = gateway.connection.close();
    expect(gateway.connection.closed).toBe(true);
    gateway.connection.send(call(99));
    await Promise.all([closed, gateway.connection.close()]);
    expect(await gateway.closed).toBeNull();
    expect(await worker.closed).toBeNull();
    expect(worker.messages.map((message) => message[1])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expect(gateway.connection.drained()).resolves.toBeUndefined();
  });

  it('waits for the gateway’s HELLO when something must still be said', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    const client = await rawClient(path);
    const worker = await accepted;
    worker.connection.send([MessageType.FILES, ['last words']]);
    const closed = worker.connection.close();
    expect(worker.connection.closed).toBe(true);
    worker.connection.send([MessageType.FILES, ['too late']]);
    client.socket.write(Buffer.concat([helloOf('gateway'), encodeFrames([call(1)])]));
    await Promise.all([closed, client.ended]);
    expect(client.received).toEqual([
      [0, 1, { role: 'worker' }],
      [32, ['last words']],
    ]);
    expect(await worker.closed).toBeNull();
    expect(worker.messages).toEqual([]);
  });

  it('does not wait long for a HELLO that never comes', async () => {
    const { path, accepted } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'worker' }),
    );
    const client = await rawClient(path);
    const worker = await accepted;
    await worker.connection.close();
    await client.ended;
    expect(await worker.closed).toBeNull();
  });

  it('is orderly too when the other side leaves while something is queued', async () => {
    const { path, accepted } = await server(silentPeer);
    const end = endOf((options) => new Connection(connectSocket(path), options), {
      onMessage: () => end.connection.send(call(1)),
    });
    const peer = await accepted;
    peer.end(Buffer.concat([helloOf('worker'), encodeFrames([[MessageType.FILES, []]])]));
    expect(await end.closed).toBeNull();
  });

  it('stops calling the owner back in the middle of a read', async () => {
    const { path, accepted } = await server(silentPeer);
    const seen: number[] = [];
    const closed = new Promise<Error | null>((resolve) => {
      const connection = new Connection(connectSocket(path), {
        side: 'gateway',
        hello: {},
        onMessage(message) {
          seen.push(message[1] as number);
          connection.destroy();
        },
        onClose: resolve,
      });
    });
    (await accepted).write(
      Buffer.concat([
        helloOf('worker'),
        encodeFrames([
          [42, 1],
          [42, 2],
        ]),
      ]),
    );
    expect(await closed).toBeNull();
    expect(seen).toEqual([1]);
  });

  it('does not wait long for a side that never ends', async () => {
    const path = socketPath();
    let other!: Socket;
    const raw = createServer({ allowHalfOpen: true }, (socket) => {
      other = socket;
      socket.on('error', () => {});
      socket.resume();
      socket.write(helloOf('worker'));
    });
    await new Promise<void>((resolve) => raw.listen(path, resolve));
    cleanups.push(() => {
      other.destroy();
      return new Promise<void>((resolve) => raw.close(() => resolve()));
    });
    const gateway = endOf((options) => new Connection(connectSocket(path), options), {});
    await gateway.hello;
    await gateway.connection.close();
    expect(await gateway.closed).toBeNull();
  });

  it('passes on the error it was destroyed with, or that the socket had', async () => {
    const { gateway, worker } = await pair();
    await gateway.hello;
    const error = new Error('enough');
    gateway.connection.destroy(error);
    gateway.connection.destroy();
    expect(await gateway.closed).toBe(error);
    await worker.closed;
    expect(await endOf((options) => new Connection(connectSocket(socketPath()), options), {}).closed).toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('connect and listen', () => {
  it('meet on a socket that only its owner may use, and leave none behind', async () => {
    const { path, accepted, listener } = await server((socket) =>
      endOf((options) => new Connection(socket, options), { side: 'daemon', hello: { runtime: 'python' } }),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    let closes = 0;
    const connection = await connect(path, { side: 'gateway', hello: {}, onMessage() {}, onClose: () => closes++ });
    const daemon = await accepted;
    await daemon.hello;
    await Promise.all([listener.close(), listener.close()]);
    await daemon.closed;
    await connection.close();
    expect(closes).toBe(1);
    expect(() => statSync(path)).toThrow(/ENOENT/);
  });

  it('reject with the error of the system', async () => {
    const path = socketPath();
    const options: ConnectionOptions = { side: 'gateway', hello: {}, onMessage() {}, onClose() {} };
    await expect(connect(path, options)).rejects.toMatchObject({ code: 'ENOENT' });
    const listener = await listen(path, { onConnection: () => {} });
    cleanups.push(() => listener.close());
    await expect(listen(path, { onConnection: () => {} })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
