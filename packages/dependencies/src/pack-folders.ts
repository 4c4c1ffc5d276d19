import { join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';

/** Where the packs that a function names in `shared_deps` are, whether they exist or not. SPEC §13. */
export function packFolders({ root, runtime, sharedDeps }: FunctionSpec): { name: string; folder: string }[] {
  return sharedDeps.map((name) => ({ name, folder: join(root, '.fastfn', 'packs', runtime, name) }));
}
