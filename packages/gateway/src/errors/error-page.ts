import { escapeHtml, htmlPage } from '../html.js';
import type { ErrorBody } from './error-body.js';

/** An error as a page for the developer: what happened, the line of their code, the stack. */
export function errorPage(status: number, body: ErrorBody): string {
  const { debug } = body;
  const parts = [`<p class="tag">${status} · ${escapeHtml(body.code)}</p>`, `<h1>${escapeHtml(body.error)}</h1>`];
  const thrown = [debug?.type, debug?.message].filter(Boolean).join(': ');
  if (thrown && thrown !== body.error) parts.push(`<p><strong>${escapeHtml(thrown)}</strong></p>`);
  if (debug?.file) {
    const line = debug.line === undefined ? '' : `:${debug.line}`;
    parts.push(`<p class="dim"><code>${escapeHtml(debug.file)}${line}</code></p>`);
  }
  if (debug?.source) {
    const number = debug.line === undefined ? '' : `${debug.line} │ `;
    parts.push(`<pre class="hit">${number}${escapeHtml(debug.source)}</pre>`);
  }
  if (debug?.hint) parts.push(`<p>${escapeHtml(debug.hint)}</p>`);
  if (debug?.stack) parts.push(`<pre>${escapeHtml(debug.stack)}</pre>`);
  if (body.details) parts.push(`<pre>${escapeHtml(JSON.stringify(body.details, null, 2))}</pre>`);
  parts.push(`<p class="dim">request ${escapeHtml(body.request_id)}</p>`);
  return htmlPage(`${status} ${body.code}`, parts.join('\n'));
}
