import { readFileSync } from 'node:fs';
import type { Message, Role } from '../src/index.js';

/** Hex, or a list of hex and repetitions. PROTOCOL.md §5. */
type Hex = string | readonly (string | { readonly $repeat: string; readonly times: number })[];

export interface MessageVector {
  readonly name: string;
  readonly canonical: boolean;
  readonly several_keys?: boolean;
  readonly value: unknown;
  readonly hex: Hex;
}

export interface InvalidVector {
  readonly name: string;
  readonly fault: string;
  readonly from: Role;
  readonly to: Role;
  readonly after_hello: boolean;
  readonly limit?: number;
  readonly eof?: boolean;
  readonly hex: Hex;
}

export function readVectorFile(name: string): string {
  return readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8');
}

export function messageVectors(): MessageVector[] {
  return JSON.parse(readVectorFile('messages.json')).messages;
}

export function invalidVectors(): InvalidVector[] {
  return JSON.parse(readVectorFile('invalid.json')).invalid;
}

/** The frame's bytes, length included. */
export function bytesOf(hex: Hex): Buffer {
  const parts = typeof hex === 'string' ? [hex] : hex;
  return Buffer.concat(
    parts.map((part) => Buffer.from(typeof part === 'string' ? part : part.$repeat.repeat(part.times), 'hex')),
  );
}

/** What the JSON notation of a vector stands for. */
export function messageOf(notation: unknown): Message {
  return decodeNotation(notation) as Message;
}

function decodeNotation(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(decodeNotation);
  if (typeof node !== 'object' || node === null) return node;
  const { $bin, $str, $float } = node as { $bin?: string | Repeat; $str?: Repeat; $float?: number };
  if ($float !== undefined) return $float;
  if ($str !== undefined) return $str.$repeat.repeat($str.times);
  if (typeof $bin === 'string') return Buffer.from($bin, 'base64');
  if ($bin !== undefined) return Buffer.concat(Array($bin.times).fill(Buffer.from($bin.$repeat, 'base64')));
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, decodeNotation(value)]));
}

interface Repeat {
  readonly $repeat: string;
  readonly times: number;
}
