import type { Exchange } from '../exchange.js';
import type { AssetFile } from './index-assets.js';
import { serveFile } from './serve-file.js';

/** Files win over functions, unless `run_worker_first`; who answers at `/` may be settled already. SPEC §3. */
export function assetsFirst(exchange: Exchange): boolean {
  const { app, method, match, path } = exchange;
  const { assets } = app!;
  if (assets === null || assets.runWorkerFirst || match !== null) return true;
  if (method !== 'GET' && method !== 'HEAD') return true;
  const file = assets.find(path);
  if (file === null) return true;
  serveAsset(exchange, file);
  return false;
}

/** Serves a file; one that has gone meanwhile lets the request go on as if it had never been. */
export function serveAsset(exchange: Exchange, file: AssetFile): void {
  serveFile(exchange, exchange.app!.assets!, file).then(
    (served) => {
      if (!served) exchange.advance();
    },
    (error: unknown) => exchange.fail(error),
  );
}
