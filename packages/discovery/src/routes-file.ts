import { resolve } from 'node:path';
import type { Runtime } from '@fastfn/core';
import type { DiagnosticCode } from './diagnostics.js';
import { runtimeOf } from './file-name.js';
import { type Disk, type Folder, isInside } from './scan.js';

export type Target =
  | { readonly ok: true; readonly entry: string; readonly runtime: Runtime }
  | { readonly ok: false; readonly code: DiagnosticCode; readonly reason: string };

/**
 * The handler that an entry of `fn.routes.json` or an `entrypoint` names: relative to the folder, its real path inside
 * it. SPEC §2.3.
 * @param codes what to call the two ways it can be wrong.
 */
export function resolveTarget(
  folder: Folder,
  target: string,
  disk: Disk,
  codes: { readonly missing: DiagnosticCode; readonly outside: DiagnosticCode },
): Target {
  const entry = resolve(folder.path, target);
  const found = disk.resolve(entry);
  if (!isInside(entry, folder.path) || (found.kind !== 'missing' && !isInside(found.real, folder.real))) {
    return { ok: false, code: codes.outside, reason: `"${target}" is outside its folder` };
  }
  if (found.kind !== 'file') return { ok: false, code: codes.missing, reason: `"${target}" is no existing file` };
  const runtime = runtimeOf(entry.slice(entry.lastIndexOf('/') + 1));
  if (runtime === null) {
    return { ok: false, code: 'unknown_extension', reason: `"${target}" has no extension of a handler file` };
  }
  return { ok: true, entry, runtime };
}
