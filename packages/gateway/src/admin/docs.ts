import { FastFnError } from '@fastfn/core';
import { baseUrl } from '../base-url.js';
import type { Exchange } from '../exchange.js';
import { answer, redirect } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';

const PREFIX = '/_fn/docs';

/** The OpenAPI document. Obeys only `FN_DOCS_ENABLED`. SPEC §12. */
export const openapi: Endpoint = {
  methods: ['GET'],
  access: 'open',
  serve: serveOpenapi,
};

/** The docs page and its files. */
export const docs: Endpoint = {
  methods: ['GET'],
  access: 'open',
  serve(exchange) {
    const { snapshot } = served(exchange);
    const file = snapshot.docsAsset(exchange.path.slice(PREFIX.length));
    if (file === null) throw new FastFnError('not_found', `Nothing answers at ${exchange.path}.`);
    answer(exchange, file.status, Object.entries(file.headers).flat(), file.body);
  },
};

export function serveOpenapi(exchange: Exchange): void {
  const { snapshot } = served(exchange);
  answer(
    exchange,
    200,
    ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-cache'],
    snapshot.openapi(baseUrl(exchange)),
  );
}

export function serveDocsRedirect(exchange: Exchange): void {
  redirect(exchange, PREFIX);
}

function served(exchange: Exchange): NonNullable<Exchange['app']> {
  if (!exchange.context.options.docsEnabled) throw new FastFnError('not_found', 'The API docs are switched off.');
  if (exchange.app === null) throw new FastFnError('starting', 'The server is still starting; try again in a moment.');
  return exchange.app;
}
