export { type DocsAsset, type DocsPageOptions, docsPage } from './docs-page.js';
export { buildOpenApi, type OpenApiOptions, withServer } from './document.js';
export { INTERNAL_PATHS } from './internal-paths.js';
export { type ServerUrlFacts, serverUrl } from './server-url.js';
export type { OpenApiDocument, Operation, Paths } from './types.js';
