import { describe, expect, it } from 'vitest';
import { vectorFiles } from '../scripts/make-vectors.mjs';
import { checkMessage, Decoder, encodeFrames, FAULT_CODES, MessageType } from '../src/index.js';
import { bytesOf, invalidVectors, messageOf, messageVectors, readVectorFile } from './vectors.js';

const decoder = new Decoder();

describe('messages.json', () => {
  it.each(messageVectors())('$name', ({ value, hex, canonical }) => {
    const bytes = bytesOf(hex);
    expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
    const expected = messageOf(value);
    const message = checkMessage(decoder.decode(bytes, 4, bytes.length), null);
    // Extra elements are kept by this reader, and ignored by who uses the message.
    expect(message.slice(0, expected.length)).toEqual(expected);
    const encoded = encodeFrames([expected]);
    if (canonical) expect(encoded.toString('hex')).toBe(bytes.toString('hex'));
    else expect(encoded.equals(bytes)).toBe(false);
  });

  it('has every message type', () => {
    const seen = new Set(messageVectors().map(({ value }) => (value as number[])[0]));
    expect([...seen].sort((a, b) => a! - b!)).toEqual(Object.values(MessageType));
  });

  it('marks what depends on the order of keys', () => {
    const start = messageVectors().find(({ name }) => name === 'START')!;
    expect(start.several_keys).toBe(true);
    expect(messageVectors().find(({ name }) => name === 'END')!.several_keys).toBeUndefined();
  });
});

describe('invalid.json', () => {
  it('has every fault but the handshake timeout, which no bytes can cause', () => {
    const seen = new Set(invalidVectors().map(({ fault }) => fault));
    expect([...seen].sort()).toEqual(FAULT_CODES.filter((code) => code !== 'handshake_timeout').sort());
  });
});

it.each(['messages.json', 'invalid.json'] as const)('%s is what the script makes', (name) => {
  expect(readVectorFile(name)).toBe(vectorFiles()[name]);
});
