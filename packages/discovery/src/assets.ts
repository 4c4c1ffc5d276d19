import { resolve } from 'node:path';
import type { AssetsConfig, Diagnostic } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { CONFIG_FILE, type Disk, isInside } from './scan.js';

/** Absolute real paths of nothing, or of the assets folder: it is never scanned for handlers. */
export interface CheckedAssets {
  readonly assets: AssetsConfig | null;
  readonly folder: string | null;
}

/** Checks the root's `assets`. A value that cannot be used is told and passed over; functions go on. SPEC §9, §16. */
export function checkAssets(
  root: string,
  assets: AssetsConfig | undefined,
  disk: Disk,
  diagnostics: Diagnostic[],
): CheckedAssets {
  if (assets === undefined) return { assets: null, folder: null };
  const path = resolve(root, assets.directory);
  const found = disk.resolve(path);
  const refuse = (code: 'invalid_assets' | 'assets_missing', reason: string): CheckedAssets => {
    const message = `Assets are not served: "${assets.directory}" ${reason}.`;
    diagnostics.push(diagnose(code, CONFIG_FILE, message, { key: 'assets.directory' }));
    return { assets: null, folder: null };
  };
  if (path === root || !isInside(path, root)) return refuse('invalid_assets', 'is not below the functions root');
  if (found.kind === 'missing') return refuse('assets_missing', 'does not exist');
  if (!isInside(found.real, root) || found.real === root)
    return refuse('invalid_assets', 'leads outside the functions root');
  if (found.kind !== 'folder') return refuse('invalid_assets', 'is no folder');
  return { assets, folder: found.real };
}
