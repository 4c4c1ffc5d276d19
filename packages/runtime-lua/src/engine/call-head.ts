import type { InvokeMessage } from '@fastfn/protocol';
import type { LuaMachine } from './lua-machine.js';

/** Numbers at the front: two integers of 64 bits. */
const NUMBER_BYTES = 16;

const LENGTH_BYTES = 4;

/** Up to this many characters a loop beats the call into native code. */
const SHORT_TEXT = 32;

const TWO_TO_32 = 2 ** 32;

/**
 * Pushes what a handler's event is made of as one string, which `shim/event.lua` takes apart as it is asked for its fields: one
 * crossing in place of one for each field. Two integers, then texts with their length before them (`<i8i8s4s4…`).
 *
 * @param deadline epoch ms
 */
export function pushCallHead(machine: LuaMachine, message: InvokeMessage, deadline: number): void {
  const [, , requestId, method, path, rawPath, query, params, headers, clientIp, ts, , session, context] = message;
  const sessionText = session === null ? '' : JSON.stringify(session);
  const contextText = context === null || context === undefined ? '' : JSON.stringify(context);

  let most = NUMBER_BYTES + 10 * LENGTH_BYTES;
  most += 3 * (requestId.length + method.length + path.length + rawPath.length + headers.length + clientIp.length);
  most += 3 * (sessionText.length + contextText.length);
  for (const text of query) most += LENGTH_BYTES + 3 * text.length;
  for (const text of params) most += LENGTH_BYTES + 3 * text.length;
  const start = machine.room(most);
  const { buffer } = machine;

  let at = writeInteger(buffer, start, ts);
  at = writeInteger(buffer, at, deadline);
  at = writeText(buffer, at, requestId);
  at = writeText(buffer, at, method);
  at = writeText(buffer, at, path);
  at = writeText(buffer, at, rawPath);
  at = writeList(buffer, at, query);
  at = writeList(buffer, at, params);
  at = writeText(buffer, at, headers);
  at = writeText(buffer, at, clientIp);
  at = writeText(buffer, at, sessionText);
  at = writeText(buffer, at, contextText);
  machine.pushWritten(at - start);
}

function writeInteger(buffer: Buffer, at: number, value: number): number {
  const whole = Math.floor(value);
  const high = Math.floor(whole / TWO_TO_32);
  buffer.writeUInt32LE(whole - high * TWO_TO_32, at);
  buffer.writeInt32LE(high, at + 4);
  return at + 8;
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const start = at + LENGTH_BYTES;
  const bytes = text.length <= SHORT_TEXT ? writeShort(buffer, start, text) : buffer.write(text, start);
  buffer[at] = bytes;
  buffer[at + 1] = bytes >>> 8;
  buffer[at + 2] = bytes >>> 16;
  buffer[at + 3] = bytes >>> 24;
  return start + bytes;
}

function writeShort(buffer: Buffer, start: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return buffer.write(text, start);
    buffer[start + i] = code;
  }
  return text.length;
}

/** Texts inside one text, each with its length. */
function writeList(buffer: Buffer, at: number, texts: readonly string[]): number {
  let end = at + LENGTH_BYTES;
  for (const text of texts) end = writeText(buffer, end, text);
  buffer.writeUInt32LE(end - at - LENGTH_BYTES, at);
  return end;
}
