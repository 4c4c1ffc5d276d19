import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decoder, encodeFrames, FrameReader, FrameWriter, type Message, MessageType } from '../src/index.js';

const chunkOf = (bytes: Uint8Array): Message => [MessageType.CHUNK, 1, bytes];
const KIB_16 = 16_384;

/** Feeds a reader, and gives the payloads as copies. */
function read(reader: FrameReader, chunk: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  const error = reader.push(chunk, (buffer, start, end) => {
    payloads.push(Buffer.from(buffer.subarray(start, end)));
    return true;
  });
  if (error !== null) throw error;
  return payloads;
}

/** The same for one who reads into the gap of a frame that has begun. */
function readIntoGap(reader: FrameReader, bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const gap = reader.gap();
    if (gap === null) return [...payloads, ...read(reader, bytes.subarray(at))];
    const count = bytes.copy(gap, 0, at);
    at += count;
    reader.advance(count, (buffer, start, end) => {
      payloads.push(Buffer.from(buffer.subarray(start, end)));
      return true;
    });
  }
  return payloads;
}

function frame(payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

/** The same bytes in pieces of the given sizes, again and again. */
function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe.each([
  ['pushed', read],
  ['read into the gap', readIntoGap],
])('FrameReader, %s', (_name, read) => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }),
        (payloads, sizes) => {
          const reader = new FrameReader();
          const stream = Buffer.concat(payloads.map((payload) => frame(Buffer.from(payload))));
          const got = split(stream, sizes).flatMap((chunk) => read(reader, chunk));
          expect(got).toEqual(payloads.map((payload) => Buffer.from(payload)));
          expect(reader.pendingBytes).toBe(0);
        },
      ),
    );
  });

  it('hands out a frame that lies whole in a chunk where it lies', () => {
    const chunk = frame(Buffer.from('abc'));
    new FrameReader().push(chunk, (buffer, start, end) => {
      expect([buffer, start, end]).toEqual([chunk, 4, 7]);
      expect(buffer).toBe(chunk);
      return true;
    });
    expect.assertions(2);
  });

  it('gathers a large frame in steps, never beyond its length', () => {
    const payload = Buffer.alloc(9_000_000, 'x');
    const reader = new FrameReader();
    const got: Buffer[] = [];
    for (const chunk of split(frame(payload), [65_536])) {
      got.push(...read(reader, chunk));
      expect(reader.heldBytes).toBeLessThanOrEqual(4 + payload.length);
      expect(reader.heldBytes).toBeLessThanOrEqual(4 + Math.max(4_259_840, 2 * reader.pendingBytes));
    }
    expect(got).toHaveLength(1);
    expect(got[0]!.equals(payload)).toBe(true);
  });

  it('gathers a body of a round size in one piece of memory, with what else is in its frame', () => {
    const payload = Buffer.alloc(1_048_576 + 300, 'x');
    const reader = new FrameReader();
    for (const chunk of split(frame(payload), [65_536])) {
      if (read(reader, chunk).length === 0) expect(reader.heldBytes).toBe(4 + payload.length);
    }
    expect.assertions(16);
  });

  it('keeps what it gave out valid', () => {
    const reader = new FrameReader();
    const kept: Buffer[] = [];
    for (const chunk of split(Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]), [3])) {
      reader.push(chunk, (buffer, start, end) => {
        kept.push(buffer.subarray(start, end));
        return true;
      });
    }
    expect(kept.map(String)).toEqual(['one', 'two']);
  });

  it('decides that a frame is too large from its length alone', () => {
    const reader = new FrameReader(100);
    const header = Buffer.from([0, 0, 0, 101]);
    expect(reader.push(header, () => true)).toMatchObject({ code: 'frame_too_large' });
    expect(reader.heldBytes).toBe(4);
    const bytewise = new FrameReader(100);
    expect(bytewise.push(header.subarray(0, 3), () => true)).toBeNull();
    expect(bytewise.push(header.subarray(3), () => true)).toMatchObject({ code: 'frame_too_large' });
    expect(new FrameReader(100).push(frame(Buffer.alloc(100)), () => true)).toBeNull();
  });

  it('refuses an empty frame', () => {
    expect(new FrameReader().push(Buffer.alloc(4), () => true)).toMatchObject({ code: 'malformed_frame' });
  });

  it('stops when the visitor says so', () => {
    let seen = 0;
    new FrameReader().push(Buffer.concat([frame(Buffer.from('a')), frame(Buffer.from('b'))]), () => {
      seen++;
      return false;
    });
    expect(seen).toBe(1);
  });

  it('ends every stream of random bytes in frames, an error or a wait, in bounded memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        const limit = 1000;
        const reader = new FrameReader(limit);
        for (const chunk of split(Buffer.from(bytes), [size])) {
          const error = reader.push(chunk, () => true);
          expect(reader.heldBytes).toBeLessThanOrEqual(limit + 4);
          if (error !== null) {
            expect(['frame_too_large', 'malformed_frame']).toContain(error.code);
            return;
          }
        }
      }),
    );
  });
});

describe('FrameWriter', () => {
  const messagesIn = (bytes: Buffer): unknown[] => {
    const decoder = new Decoder();
    return read(new FrameReader(), bytes).map((payload) => decoder.decode(payload, 0, payload.length));
  };

  it('gathers messages into one piece', () => {
    const writer = new FrameWriter();
    writer.add([MessageType.PING, 1]);
    writer.add(chunkOf(Buffer.from('abc')));
    writer.add([MessageType.END, 1]);
    const size = writer.size;
    const pieces = writer.take();
    expect(pieces).toHaveLength(1);
    expect(pieces[0]!.length).toBe(size);
    expect(messagesIn(Buffer.concat(pieces))).toEqual([
      [1, 1],
      [41, 1, Buffer.from('abc')],
      [42, 1],
    ]);
    expect(writer.size).toBe(0);
    expect(writer.take()).toEqual([]);
  });

  it('does not copy bodies of 16 KiB and more, wherever they stand', () => {
    const writer = new FrameWriter();
    const body = Buffer.alloc(KIB_16, 'b');
    writer.add([MessageType.INPUT, 1, body, false]);
    writer.add(chunkOf(body));
    writer.add([MessageType.END, 1]);
    const size = writer.size;
    const pieces = writer.take();
    expect(pieces.filter((piece) => piece === body)).toHaveLength(2);
    const bytes = Buffer.concat(pieces);
    expect(bytes.length).toBe(size);
    expect(messagesIn(bytes)).toEqual([
      [21, 1, body, false],
      [41, 1, body],
      [42, 1],
    ]);
  });

  it('never writes over what was taken', () => {
    const writer = new FrameWriter();
    const taken: Uint8Array[] = [];
    const expected: Buffer[] = [];
    for (let i = 0; i < 300; i++) {
      const message = chunkOf(Buffer.alloc(1 + ((i * 97) % 3000), i));
      writer.add(message);
      taken.push(...writer.take());
      expected.push(encodeFrames([message]));
    }
    expect(Buffer.concat(taken).equals(Buffer.concat(expected))).toBe(true);
  });

  it('uses its room again once told that everything has left', () => {
    const writer = new FrameWriter();
    writer.add([MessageType.PING, 1]);
    const [first] = writer.take();
    writer.recycle();
    writer.add([MessageType.PING, 2]);
    const [second] = writer.take();
    expect(second!.buffer).toBe(first!.buffer);
    expect(second!.byteOffset).toBe(first!.byteOffset);
  });

  it('adds nothing when a message is refused', () => {
    const writer = new FrameWriter(20_000);
    writer.add([MessageType.PING, 1]);
    expect(() => writer.add(chunkOf(Buffer.alloc(19_999)))).toThrow(
      expect.objectContaining({ code: 'frame_too_large' }),
    );
    expect(() => writer.add([MessageType.READY, { pid: 1n } as never])).toThrow(TypeError);
    writer.add([MessageType.PING, 2]);
    expect(messagesIn(Buffer.concat(writer.take()))).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it('takes a message of exactly the limit', () => {
    const overhead = 1 + 1 + 1 + 3;
    const limit = 20_000;
    expect(encodeFrames([chunkOf(Buffer.alloc(limit - overhead))], limit).length).toBe(4 + limit);
    expect(() => encodeFrames([chunkOf(Buffer.alloc(limit - overhead + 1))], limit)).toThrow(/over the frame limit/);
  });
});
