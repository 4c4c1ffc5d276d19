import { isRuntime, type Runtime } from '@fastfn/core';
import type { HandlerName, RefusedName } from './file-name.js';
import type { Folder } from './scan.js';
import { isProblem } from './segment.js';

/**
 * The runtime whose functions a folder of the root groups (`<root>/node/<namespace…>/<name>/`), or null. A folder that
 * holds file routes of its own, or is described by a config or manifest, is an ordinary prefix. SPEC §2.2.
 */
export function groupedRuntime(
  folder: Folder,
  names: readonly (HandlerName | RefusedName)[],
  explicitConfig: boolean,
): Runtime | null {
  const runtime = folder.name.toLowerCase();
  if (!isRuntime(runtime) || folder.hasRoutes || explicitConfig) return null;
  return names.some((name) => !isProblem(name)) ? null : runtime;
}
