import { FastFnError } from '@fastfn/core';
import { serveDocsRedirect, serveOpenapi } from './admin/docs.js';
import { isSpaNavigation } from './assets/spa.js';
import { serveAsset } from './assets/step.js';
import type { Exchange } from './exchange.js';
import { landingPage } from './landing/landing.js';
import { answer } from './respond/answer.js';

/** What answers when no function does: assets, the shell of a single-page app, docs, the landing page; else 404. SPEC §3. */
export function fallbacks(exchange: Exchange): boolean {
  if (exchange.match!.kind === 'route') return true;
  const reading = exchange.method === 'GET' || exchange.method === 'HEAD';
  if (reading && exchange.app!.assets !== null && fromAssets(exchange)) return false;
  if (reading && builtIn(exchange)) return false;
  throw notFound(exchange);
}

function fromAssets(exchange: Exchange): boolean {
  const assets = exchange.app!.assets!;
  const file = assets.runWorkerFirst ? assets.find(exchange.path) : null;
  if (file !== null) {
    serveAsset(exchange, file);
    return true;
  }
  if (assets.shell === null || !isSpaNavigation(exchange.path, exchange.headers)) return false;
  serveAsset(exchange, assets.shell);
  return true;
}

function builtIn(exchange: Exchange): boolean {
  const { context, path } = exchange;
  if (path === '/docs' && context.options.docsEnabled) serveDocsRedirect(exchange);
  else if (path === '/openapi.json' && context.options.docsEnabled) serveOpenapi(exchange);
  else if (path === '/' && exchange.app!.manifest.functions.length > 0) {
    answer(
      exchange,
      200,
      ['Content-Type', 'text/html; charset=utf-8', 'Cache-Control', 'no-store'],
      landingPage(exchange),
    );
  } else return false;
  return true;
}

function notFound(exchange: Exchange): FastFnError {
  const { path, app, context } = exchange;
  if (context.options.mode === 'run') return new FastFnError('not_found', `Nothing answers at ${path}.`);
  const { functions, root } = app!.manifest;
  const message =
    functions.length === 0
      ? `There are no functions in ${root} yet. Add a handler file, for example hello.js.`
      : `Nothing answers at ${path}. Add a handler file for it; \`fastfn routes\` lists what there is.`;
  return new FastFnError('not_found', message);
}
