import { ProtocolError } from './errors.js';
import { MAX_NESTING } from './limits.js';

/** Below this many characters a loop in JavaScript beats the call into native code. Measured; see README. */
const SHORT_STRING = 16;

const FIRST_SLAB_BYTES = 65_536;

/**
 * Writes the MessagePack subset of PROTOCOL.md §1 into a buffer that grows. Bytes longer than a bound are not copied:
 * their place is remembered in `cuts`, for one gathering write.
 *
 * Undefined is nil inside arrays and dropped inside maps. Everything that the subset lacks (Date, Map, bigint,
 * function, …) is refused with a TypeError: that is a mistake of the caller, not of the peer.
 */
export class Encoder {
  buffer: Buffer;
  position = 0;
  /** Large byte strings left out of `buffer`, in order. */
  readonly cuts: Cut[] = [];
  /** Sum of the lengths of `cuts`. */
  cutBytes = 0;
  readonly #cutFrom: number;

  /** @param cutFrom byte strings of at least this length are not copied; Infinity: copy all. */
  constructor(cutFrom: number, buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_SLAB_BYTES)) {
    this.#cutFrom = cutFrom;
    this.buffer = buffer;
  }

  /** Makes room for `bytes` more; what is written so far is kept. */
  reserve(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, needed));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
  }

  array(items: readonly unknown[], depth: number): void {
    if (depth > MAX_NESTING) throw tooDeep();
    const length = items.length;
    this.reserve(5);
    if (length < 16) this.buffer[this.position++] = 0x90 | length;
    else this.#length(length, 0xdc);
    for (let i = 0; i < length; i++) this.value(items[i], depth);
  }

  /** @param depth nesting of the container that holds this value; 0 at the top. */
  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.string(value);
        return;
      case 'number':
        this.number(value);
        return;
      case 'boolean':
        this.reserve(1);
        this.buffer[this.position++] = value ? 0xc3 : 0xc2;
        return;
      case 'undefined':
        this.reserve(1);
        this.buffer[this.position++] = 0xc0;
        return;
      case 'object':
        if (value === null) {
          this.reserve(1);
          this.buffer[this.position++] = 0xc0;
        } else if (Array.isArray(value)) this.array(value, depth + 1);
        else if (value instanceof Uint8Array) this.bytes(value);
        else this.#map(value as Record<string, unknown>, depth + 1);
        return;
      default:
        throw new TypeError(`A ${typeof value} cannot be sent: the protocol has no such type.`);
    }
  }

  number(value: number): void {
    this.reserve(9);
    const { buffer } = this;
    let at = this.position;
    if (value >>> 0 === value) {
      if (value < 0x80) buffer[at++] = value;
      else if (value < 0x100) {
        buffer[at++] = 0xcc;
        buffer[at++] = value;
      } else if (value < 0x10000) {
        buffer[at++] = 0xcd;
        buffer[at++] = value >> 8;
        buffer[at++] = value;
      } else {
        buffer[at] = 0xce;
        buffer[at + 1] = value >>> 24;
        buffer[at + 2] = value >>> 16;
        buffer[at + 3] = value >>> 8;
        buffer[at + 4] = value;
        at += 5;
      }
    } else if ((value | 0) === value) {
      if (value >= -0x20) buffer[at++] = value + 0x100;
      else if (value >= -0x80) {
        buffer[at++] = 0xd0;
        buffer[at++] = value + 0x100;
      } else if (value >= -0x8000) {
        buffer[at++] = 0xd1;
        buffer[at++] = value >> 8;
        buffer[at++] = value;
      } else {
        buffer[at++] = 0xd2;
        at = buffer.writeInt32BE(value, at);
      }
    } else {
      buffer[at++] = 0xcb;
      at = buffer.writeDoubleBE(value, at);
    }
    this.position = at;
  }

  string(value: string): void {
    const chars = value.length;
    // A UTF-16 unit is at most three bytes of UTF-8.
    this.reserve(5 + chars * 3);
    const { buffer } = this;
    if (chars <= SHORT_STRING) {
      let at = this.position + 1;
      let i = 0;
      for (; i < chars; i++) {
        const code = value.charCodeAt(i);
        if (code >= 0x80) break;
        buffer[at++] = code;
      }
      if (i === chars) {
        buffer[this.position] = 0xa0 | chars;
        this.position = at;
        return;
      }
    }
    // The header's size follows from the byte length, known only afterwards: guess from the characters, move if wrong.
    const guess = stringHeaderSize(chars);
    const start = this.position;
    const length = buffer.write(value, start + guess);
    const header = stringHeaderSize(length);
    if (header !== guess) buffer.copyWithin(start + header, start + guess, start + guess + length);
    if (header === 1) buffer[start] = 0xa0 | length;
    else if (header === 2) {
      buffer[start] = 0xd9;
      buffer[start + 1] = length;
    } else if (header === 3) {
      buffer[start] = 0xda;
      buffer.writeUInt16BE(length, start + 1);
    } else {
      buffer[start] = 0xdb;
      buffer.writeUInt32BE(length, start + 1);
    }
    this.position = start + header + length;
  }

  bytes(value: Uint8Array): void {
    const length = value.length;
    const cut = length >= this.#cutFrom;
    this.reserve(cut ? 5 : 5 + length);
    if (length < 0x100) {
      this.buffer[this.position++] = 0xc4;
      this.buffer[this.position++] = length;
    } else this.#length(length, 0xc5);
    if (cut) {
      this.cuts.push({ at: this.position, bytes: value });
      this.cutBytes += length;
    } else if (length > 0) {
      this.buffer.set(value, this.position);
      this.position += length;
    }
  }

  #map(map: Record<string, unknown>, depth: number): void {
    if (depth > MAX_NESTING) throw tooDeep();
    const prototype = Object.getPrototypeOf(map);
    // Own classes are taken as maps of their own keys; Date, Map, Set and the like are not what they would look like.
    if (prototype !== Object.prototype && prototype !== null && tagOf(map) !== '[object Object]') {
      throw new TypeError(`A ${tagOf(map).slice(8, -1)} cannot be sent: the protocol has no such type.`);
    }
    const keys = Object.keys(map);
    let count = keys.length;
    for (const key of keys) if (map[key] === undefined) count--;
    this.reserve(5);
    if (count < 16) this.buffer[this.position++] = 0x80 | count;
    else this.#length(count, 0xde);
    for (const key of keys) {
      const value = map[key];
      if (value === undefined) continue;
      this.string(key);
      this.value(value, depth);
    }
  }

  /** A 16-bit length after `code16`, or a 32-bit one after the code that follows it. */
  #length(length: number, code16: number): void {
    if (length < 0x10000) {
      this.buffer[this.position] = code16;
      this.position = this.buffer.writeUInt16BE(length, this.position + 1);
    } else {
      this.buffer[this.position] = code16 + 1;
      this.position = this.buffer.writeUInt32BE(length, this.position + 1);
    }
  }
}

/** Bytes that belong at offset `at` of the encoder's buffer. */
export interface Cut {
  at: number;
  bytes: Uint8Array;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function stringHeaderSize(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 5;
}

function tooDeep(): ProtocolError {
  return new ProtocolError('malformed_frame', `A message may nest at most ${MAX_NESTING} arrays and maps.`);
}
