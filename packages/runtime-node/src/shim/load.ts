import { relative } from 'node:path';
import type { StartSpec } from '@fastfn/protocol';
import { adapt } from './adapters/index.js';
import { describeError, LoadFailure } from './errors.js';
import { type Loaded, type LoadedFiles, loadEntry } from './loader/index.js';
import { type Handler, pickHandler } from './pick.js';

/**
 * Loads the function's file and finds its callable.
 * @param entry real path of the handler file
 * @param root real path of the functions root
 * @throws LoadFailure, always of this type
 */
export async function loadHandler(spec: StartSpec, entry: string, root: string, files: LoadedFiles): Promise<Handler> {
  const name = relative(root, entry);
  // Before the code is loaded: some adapters give it globals to register with.
  const adapter = spec.adapter === null ? null : adapt(spec.adapter, spec, name);
  let loaded: Loaded;
  try {
    loaded = await loadEntry(entry, files);
  } catch (error) {
    throw new LoadFailure('handler_error', `${name} could not be loaded.`, describeError(error, root), {
      cause: error,
    });
  }
  return adapter === null ? pickHandler(loaded, spec.handler, name) : adapter(loaded);
}
