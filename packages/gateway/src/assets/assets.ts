import type { Manifest } from '@fastfn/core';
import type { GatewayOptions } from '../options.js';
import { type AssetFile, indexAssets } from './index-assets.js';
import { SmallFiles } from './small-files.js';

/**
 * The assets folder of a snapshot. What may be served is settled once, by walking the folder; a request is then one or
 * three look-ups in a map, which a mounted folder costs every request of the API beside it.
 */
export interface Assets {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly runWorkerFirst: boolean;
  readonly small: SmallFiles;
  /** Shell of a single-page app; null when it is none or has no index. */
  readonly shell: AssetFile | null;
  /** @param path decoded. `/x` → `x`, `x.html`, `x/index.html`. */
  find(path: string): AssetFile | null;
}

/** Null when no assets are mounted, or the folder cannot be served (that is a diagnostic elsewhere). */
export function openAssets({ root, assets }: Manifest, { maxAssetBytes }: GatewayOptions): Assets | null {
  if (assets === null) return null;
  const index = indexAssets(root, assets.directory, maxAssetBytes);
  if (index === null) return null;
  const { files } = index;
  const find = (path: string): AssetFile | null => {
    if (path === '/') return files.get('/index.html') ?? null;
    const bare = path.endsWith('/') ? path.slice(0, -1) : path;
    return files.get(path) ?? files.get(`${bare}.html`) ?? files.get(`${bare}/index.html`) ?? null;
  };
  const spa = assets.notFoundHandling === 'single-page-application';
  return {
    root: index.root,
    runWorkerFirst: assets.runWorkerFirst,
    small: new SmallFiles(index.root),
    shell: spa ? find('/') : null,
    find,
  };
}
