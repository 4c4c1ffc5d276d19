import type { FunctionSpec } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { escapeHtml, htmlPage } from '../html.js';

/** Routes shown on the landing page. */
const SHOWN = 500;

/** The page at `/` when nothing else claims it. Lists the routes in `dev`; a bare greeting in `run`. SPEC §9. */
export function landingPage(exchange: Exchange): string {
  const { mode, docsEnabled } = exchange.context.options;
  const docs = docsEnabled
    ? '<p><a href="/_fn/docs">API documentation</a> · <a href="/openapi.json">OpenAPI</a></p>'
    : '';
  if (mode === 'run')
    return htmlPage('FastFN', `<h1>It works.</h1><p class="dim">This server runs functions with FastFN.</p>${docs}`);

  const { routes } = exchange.app!.table;
  const rows = routes
    .slice(0, SHOWN)
    .map(
      ({ methods, pattern, fn }) =>
        `<tr><td class="tag">${methods.map(escapeHtml).join(' ')}</td><td>${routeLink(pattern, methods)}</td>` +
        `<td class="dim">${fn.runtime}</td><td class="dim wide"><code>${escapeHtml(nameOf(fn))}</code></td></tr>`,
    );
  const more = routes.length > SHOWN ? `<p class="dim">and ${routes.length - SHOWN} more</p>` : '';
  return htmlPage(
    'FastFN',
    `<h1>Your functions are live.</h1><p class="dim">${escapeHtml(exchange.app!.manifest.root)}</p>${docs}
<table>${rows.join('\n')}</table>${more}
<p class="dim">Add an <code>index</code> file to the folder and it answers here instead of this page.</p>`,
  );
}

function nameOf({ name, version }: FunctionSpec): string {
  return version === 'default' ? name : `${name}@${version}`;
}

/** A route that a click can reach is a link. */
function routeLink(pattern: string, methods: readonly string[]): string {
  const text = `<code>${escapeHtml(pattern)}</code>`;
  const clickable = methods.includes('GET') && !/[:*]/.test(pattern);
  return clickable ? `<a href="${escapeHtml(pattern)}">${text}</a>` : text;
}
