import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { Decoder, encodeFrames, MAX_NESTING, type Message } from '../src/index.js';

const decoder = new Decoder();
/** An independent implementation, set to the same subset. */
const oracle = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** Any value as the context of a message; only the codec is tested here, which does not care about types. */
const carry = (value: unknown): Message => [30, value] as unknown as Message;

function roundTrip(value: unknown): unknown {
  const frame = encodeFrames([carry(value)]);
  return (decoder.decode(frame, 4, frame.length) as unknown[])[1];
}

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map((n) => (n === 0 ? 0 : n)),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20 }).map((map) => ({ ...map })),
  ),
})).value;

describe('encoder and decoder', () => {
  it('give back every value', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  it('agree with msgpackr, byte for byte', () => {
    fc.assert(
      fc.property(values, (value) => {
        const frame = encodeFrames([carry(value)]);
        expect(frame.subarray(4).equals(oracle.pack([30, value]))).toBe(true);
        expect(decoder.decode(frame, 4, frame.length)).toEqual(oracle.unpack(frame.subarray(4)));
      }),
    );
  });

  it.each([0, 1, 5, 15, 16, 17, 31, 32, 85, 86, 255, 256, 21845, 21846, 65535, 65536])(
    'write strings of %d characters of one, two and three bytes in the shortest form',
    (length) => {
      for (const unit of ['a', 'ü', '語', '👋']) {
        const text = unit.repeat(length);
        expect(roundTrip(text)).toBe(text);
        expect(
          encodeFrames([carry(text)])
            .subarray(4)
            .equals(oracle.pack([30, text])),
        ).toBe(true);
      }
    },
  );

  it('replace half a surrogate pair', () => {
    expect(roundTrip('a\ud800b')).toBe('a\ufffdb');
  });

  it('read invalid UTF-8 with U+FFFD', () => {
    expect(decoder.decode(Buffer.from('a2ff61', 'hex'), 0, 3)).toBe('\ufffda');
    expect(decoder.decode(Buffer.from(`b0${'ff'.repeat(16)}`, 'hex'), 0, 17)).toBe('\ufffd'.repeat(16));
  });

  it('drop undefined from maps and write it as nil in arrays: never as an extension', () => {
    expect(roundTrip({ a: undefined, b: 1, c: [undefined] })).toEqual({ b: 1, c: [null] });
    expect(encodeFrames([carry({ a: undefined })]).toString('hex')).toBe('00000003921e80');
  });

  it('keep a key named __proto__ as data', () => {
    const map = roundTrip(JSON.parse('{"__proto__": {"admin": true}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(map.admin).toBeUndefined();
    expect(Object.keys(map)).toEqual(['__proto__']);
  });

  it.each([
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Set', new Set([1])],
    ['a Promise', Promise.resolve()],
  ])('refuse %s', (_name, value) => {
    expect(() => encodeFrames([carry({ value })])).toThrow(TypeError);
  });

  it('take objects of any class as maps of their own keys', () => {
    class Point {
      readonly x = 1;
      get y(): number {
        return 2;
      }
    }
    expect(roundTrip(new Point())).toEqual({ x: 1 });
    expect(roundTrip(Object.create(Object.create(null), { a: { value: 1, enumerable: true } }))).toEqual({ a: 1 });
  });

  it('bound nesting on both ways', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const deepest = nested(MAX_NESTING - 1);
    expect(roundTrip(deepest)).toEqual(deepest);
    expect(() => encodeFrames([carry(nested(MAX_NESTING))])).toThrow(/nest at most/);
    const bytes = oracle.pack([30, nested(MAX_NESTING)]);
    expect(() => decoder.decode(bytes, 0, bytes.length)).toThrow(/inside each other/);
    const circular: unknown[] = [];
    circular.push(circular);
    expect(() => encodeFrames([carry(circular)])).toThrow(/nest at most/);
  });

  it('hand out bytes as views, which later reads leave alone', () => {
    const frame = encodeFrames([carry(Buffer.from('first'))]);
    const [, bytes] = decoder.decode(frame, 4, frame.length) as [number, Buffer];
    expect(bytes.buffer).toBe(frame.buffer);
    roundTrip(Buffer.from('other'));
    expect(bytes.toString()).toBe('first');
  });

  it('never do more than refuse random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decoder.decode(Buffer.from(bytes), 0, bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError', code: 'malformed_frame' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
