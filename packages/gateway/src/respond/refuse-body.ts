import type { FastFnError } from '@fastfn/core';
import { renderError } from '../errors/render-error.js';
import type { Exchange } from '../exchange.js';

/** Answers a request whose body is not read to its end. The connection cannot be used again. */
export function refuseBody(exchange: Exchange, error: FastFnError): void {
  exchange.closeAfter = true;
  // A client that waits for "100 Continue" has not begun to send, and now will not.
  exchange.unreadBody = !exchange.headers.has('expect');
  renderError(exchange, error);
}
