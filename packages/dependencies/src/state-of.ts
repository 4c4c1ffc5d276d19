import { dirname, sep } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { type DependencyState, readState } from './state.js';

/** What is known of a function's dependencies: that of the nearest folder, from its own up to root, that has any. */
export function stateOf({ folder: own, root, runtime }: FunctionSpec): DependencyState | null {
  for (let folder = own; ; folder = dirname(folder)) {
    const state = readState(folder, runtime);
    if (state !== null || folder === root || !folder.startsWith(root + sep)) return state;
  }
}
