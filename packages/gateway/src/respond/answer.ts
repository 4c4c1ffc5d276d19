import type { Exchange } from '../exchange.js';
import { respondWhole } from './respond-whole.js';

/** Answers with something FastFN made itself: JSON, a page, a redirect, nothing. `headers` is taken over. */
export function answer(exchange: Exchange, status: number, headers: string[], body: string | Uint8Array | null): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  respondWhole(exchange, status, headers, bytes);
}

export function answerJson(exchange: Exchange, status: number, value: unknown): void {
  answer(
    exchange,
    status,
    ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'],
    `${JSON.stringify(value)}\n`,
  );
}

/** 302; `location` must be an absolute path or URL without line breaks. */
export function redirect(exchange: Exchange, location: string): void {
  answer(exchange, 302, ['Location', location, 'Cache-Control', 'no-store'], null);
}
