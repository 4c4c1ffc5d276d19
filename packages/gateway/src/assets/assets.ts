import type { Manifest } from '@fastfn/core';
import type { GatewayOptions } from '../options.js';
import { type AssetFile, indexAssets } from './index-assets.js';

/**
 * The assets folder of a snapshot. What may be served is settled once, by walking the folder; a request is then one or
 * three look-ups in a map, which a mounted folder costs every request of the API beside it. (sirv was tried: it serves
 * `bytes=0-0` and `bytes=-5` wrongly, knows no If-Modified-Since or If-Range, follows links out of the folder, and
 * announces old lengths for files that changed.)
 */
export interface Assets {
  readonly runWorkerFirst: boolean;
  /** Shell of a single-page app; null when it is none or has no index. */
  readonly shell: AssetFile | null;
  /** @param path decoded. `/x` → `x`, `x.html`, `x/index.html`. */
  find(path: string): AssetFile | null;
}

/** Null when no assets are mounted, or the folder cannot be served (that is a diagnostic elsewhere). */
export function openAssets({ root, assets }: Manifest, { maxAssetBytes }: GatewayOptions): Assets | null {
  if (assets === null) return null;
  const files = indexAssets(root, assets.directory, maxAssetBytes);
  if (files === null) return null;
  const find = (path: string): AssetFile | null => {
    if (path === '/') return files.get('/index.html') ?? null;
    const bare = path.endsWith('/') ? path.slice(0, -1) : path;
    return files.get(path) ?? files.get(`${bare}.html`) ?? files.get(`${bare}/index.html`) ?? null;
  };
  const spa = assets.notFoundHandling === 'single-page-application';
  return { runWorkerFirst: assets.runWorkerFirst, shell: spa ? find('/') : null, find };
}
