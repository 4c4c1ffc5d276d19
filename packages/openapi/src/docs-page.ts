import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docsHtml } from './docs-html.js';
import { DOCS_SCRIPT } from './docs-script.js';
import { DOCS_STYLE } from './docs-style.js';

export interface DocsPageOptions {
  /** Heading and browser title. Default: `FastFN API`. */
  readonly title?: string;
  /** Where the link back leads. Default: `/`. */
  readonly home?: string;
}

export interface DocsAsset {
  /** 200, 304, or 308 for the folder form `/_fn/docs/`. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const BASE = '/_fn/docs';
const EMPTY = Buffer.alloc(0);

/**
 * No inline script; inline styles only because Swagger UI sets some. Try-it may call the public base URL, which can be
 * another origin than the page's.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'connect-src * data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/**
 * The docs page: Swagger UI over `/_fn/openapi.json`, with nothing loaded from elsewhere. Its references are relative,
 * so it also works behind a proxy that adds a path.
 *
 * @returns the answer for a path as requested (`/_fn/docs`, `/_fn/docs/…`), or null when nothing is there. Files are read
 * on first use and kept: six of them, 1.9 MB.
 */
export function docsPage(options: DocsPageOptions = {}): (path: string, ifNoneMatch?: string) => DocsAsset | null {
  const sources = new Map<string, { type: string; read: () => Buffer }>([
    ['', { type: HTML, read: () => Buffer.from(docsHtml(options.title ?? 'FastFN API', options.home ?? '/')) }],
    ['/docs.css', { type: CSS, read: () => Buffer.from(DOCS_STYLE) }],
    ['/docs.js', { type: JAVASCRIPT, read: () => Buffer.from(DOCS_SCRIPT) }],
    ['/swagger-ui.css', { type: CSS, read: () => readSwaggerUi('swagger-ui.css') }],
    ['/swagger-ui-bundle.js', { type: JAVASCRIPT, read: () => readSwaggerUi('swagger-ui-bundle.js') }],
    ['/favicon.png', { type: 'image/png', read: () => readSwaggerUi('favicon-32x32.png') }],
  ]);
  const assets = new Map<string, DocsAsset>();

  return (path, ifNoneMatch) => {
    if (path === `${BASE}/`) return { status: 308, headers: { Location: '../docs' }, body: EMPTY };
    if (!path.startsWith(BASE)) return null;
    const name = path.slice(BASE.length);
    const source = sources.get(name);
    if (source === undefined) return null;
    let asset = assets.get(name);
    if (asset === undefined) {
      asset = toAsset(source.type, source.read());
      assets.set(name, asset);
    }
    return matches(ifNoneMatch, asset.headers.ETag!) ? { ...asset, status: 304, body: EMPTY } : asset;
  };
}

function toAsset(type: string, body: Buffer): DocsAsset {
  return {
    status: 200,
    headers: {
      'Content-Type': type,
      // Kept by the browser, asked about each time: an upgrade of FastFN shows at once.
      'Cache-Control': 'no-cache',
      ETag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      'X-Content-Type-Options': 'nosniff',
      ...(type === HTML && { 'Content-Security-Policy': CONTENT_SECURITY_POLICY }),
    },
    body,
  };
}

/** `If-None-Match`: a list, or `*`; compressing proxies mark tags as weak. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => {
    const tag = entry.trim();
    return tag === '*' || tag.replace(/^W\//, '') === etag;
  });
}

function readSwaggerUi(file: string): Buffer {
  return readFileSync(join(swaggerUiFolder(), file));
}

/**
 * The build copies Swagger UI's files beside this module: the published package needs neither swagger-ui-dist (14 MB)
 * nor its install-time telemetry. Run from sources, they come from the development dependency.
 */
function swaggerUiFolder(): string {
  const copied = fileURLToPath(new URL('./swagger-ui/', import.meta.url));
  if (existsSync(copied)) return copied;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
