import type { FastFnError } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { writeWhole } from '../respond/write.js';
import { errorBody } from './error-body.js';
import { errorPage } from './error-page.js';
import { wantsPage } from './wants-page.js';

/** Answers with an error: JSON, or the same as a readable page for a browser navigating in `dev`. SPEC §4. */
export function renderError(exchange: Exchange, error: FastFnError): void {
  const dev = exchange.context.options.mode === 'dev';
  const body = errorBody(error, exchange.requestId, dev);
  const page = dev && wantsPage(exchange.headers);
  const headers = [
    'Content-Type',
    page ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
  ];
  for (const [name, value] of Object.entries(error.headers ?? {})) headers.push(name, value);
  if (error.code === 'warming_up' && !headers.includes('X-FastFN-Warming')) headers.push('X-FastFN-Warming', 'true');
  const text = page ? errorPage(error.status, body) : `${JSON.stringify(body)}\n`;
  writeWhole(exchange, error.status, headers, Buffer.from(text, 'utf8'), error.code);
}
