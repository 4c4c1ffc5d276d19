import { ProtocolError } from './errors.js';
import { MAX_NESTING } from './limits.js';
import type { NativeBuffer } from './native-buffer.js';

/** Up to this many bytes a loop in JavaScript beats the call into native code. Measured; see README. */
const SHORT_STRING = 5;

const EMPTY = Buffer.alloc(0) as NativeBuffer;

/**
 * Reads the MessagePack subset of PROTOCOL.md §1, strictly: extension types, keys that are no str, integers beyond
 * 2^53, lengths beyond the frame and deep nesting are refused, before anything is allocated for them.
 *
 * Byte strings are views on the given buffer, not copies. Invalid UTF-8 is read with U+FFFD.
 */
export class Decoder {
  #buffer = EMPTY;
  #at = 0;
  #end = 0;

  /**
   * The one value between `start` and `end`.
   * @throws ProtocolError `malformed_frame`
   */
  decode(buffer: Buffer, start: number, end: number): unknown {
    this.#buffer = buffer as NativeBuffer;
    this.#at = start;
    this.#end = end;
    const value = this.#value(0);
    if (this.#at !== end) throw malformed(`${end - this.#at} bytes follow the message inside its frame`);
    return value;
  }

  #value(depth: number): unknown {
    const at = this.#at;
    if (at >= this.#end) throw truncated();
    const code = this.#buffer[at]!;
    this.#at = at + 1;
    if (code < 0x80) return code;
    if (code < 0x90) return this.#map(code & 0x0f, depth);
    if (code < 0xa0) return this.#array(code & 0x0f, depth);
    if (code < 0xc0) return this.#string(code & 0x1f);
    if (code >= 0xe0) return code - 0x100;
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bytes(this.#uint(1));
      case 0xc5:
        return this.#bytes(this.#uint(2));
      case 0xc6:
        return this.#bytes(this.#uint(4));
      case 0xca:
        return this.#buffer.readFloatBE(this.#skip(4));
      case 0xcb:
        return this.#buffer.readDoubleBE(this.#skip(8));
      case 0xcc:
        return this.#uint(1);
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xcf:
        return safeInteger(this.#buffer.readBigUInt64BE(this.#skip(8)));
      case 0xd0:
        return this.#buffer.readInt8(this.#skip(1));
      case 0xd1:
        return this.#buffer.readInt16BE(this.#skip(2));
      case 0xd2:
        return this.#buffer.readInt32BE(this.#skip(4));
      case 0xd3:
        return safeInteger(this.#buffer.readBigInt64BE(this.#skip(8)));
      case 0xd9:
        return this.#string(this.#uint(1));
      case 0xda:
        return this.#string(this.#uint(2));
      case 0xdb:
        return this.#string(this.#uint(4));
      case 0xdc:
        return this.#array(this.#uint(2), depth);
      case 0xdd:
        return this.#array(this.#uint(4), depth);
      case 0xde:
        return this.#map(this.#uint(2), depth);
      case 0xdf:
        return this.#map(this.#uint(4), depth);
      default:
        // 0xc1 is never used; 0xc7–0xc9 and 0xd4–0xd8 are extension types.
        throw malformed(`MessagePack type 0x${code.toString(16)} is not part of the protocol`);
    }
  }

  /** Where the next `length` bytes begin; they are passed over. */
  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw truncated();
    this.#at = at + length;
    return at;
  }

  #uint(size: 1 | 2 | 4): number {
    const at = this.#skip(size);
    const buffer = this.#buffer;
    if (size === 1) return buffer[at]!;
    if (size === 2) return (buffer[at]! << 8) | buffer[at + 1]!;
    return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
  }

  #string(length: number): string {
    const at = this.#skip(length);
    const buffer = this.#buffer;
    if (length > SHORT_STRING) return buffer.utf8Slice(at, at + length);
    const end = at + length;
    let text = '';
    for (let i = at; i < end; i++) {
      const code = buffer[i]!;
      if (code >= 0x80) return buffer.utf8Slice(at, end);
      text += String.fromCharCode(code);
    }
    return text;
  }

  #bytes(length: number): Buffer {
    const at = this.#skip(length);
    return this.#buffer.subarray(at, at + length);
  }

  #array(length: number, depth: number): unknown[] {
    // Each element takes a byte at least: an announced length that cannot be true allocates nothing.
    if (length > this.#end - this.#at) throw truncated();
    if (depth >= MAX_NESTING) throw tooDeep();
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(this.#value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    if (length * 2 > this.#end - this.#at) throw truncated();
    if (depth >= MAX_NESTING) throw tooDeep();
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#value(MAX_NESTING);
      if (typeof key !== 'string') throw malformed('a map key is no str');
      const value = this.#value(depth + 1);
      if (key === '__proto__') {
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      } else map[key] = value;
    }
    return map;
  }
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed('an integer is beyond 2^53');
  return number;
}

function truncated(): ProtocolError {
  return malformed('the message is longer than its frame');
}

function tooDeep(): ProtocolError {
  return malformed(`more than ${MAX_NESTING} arrays and maps inside each other`);
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('malformed_frame', `The frame cannot be read: ${what}.`);
}
