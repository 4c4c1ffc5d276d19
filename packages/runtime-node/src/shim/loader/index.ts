import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { hookCommonJs, readNodePath, requireFile } from './cjs.js';
import { EsmLoader } from './esm.js';
import type { LoadedFiles } from './files.js';
import { prepareResolving } from './native-resolve.js';
import { PackageTypes } from './package-type.js';
import { Programs } from './program.js';
import { transpile } from './transpile.js';
import { TsConfigs } from './tsconfig.js';

export { LoadedFiles } from './files.js';

/** What a handler file exports: a module's namespace, or the value of `module.exports`. */
export interface Loaded {
  readonly format: 'module' | 'commonjs';
  readonly exports: unknown;
}

/** Work that needs no function yet: done in a spare process, before anybody waits. */
export async function warmLoader(typescript: boolean): Promise<void> {
  await prepareResolving();
  // The first module prints a warning that says nothing to the user, who chose no experiment.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  const module = new vm.SourceTextModule('export const ready = import.meta.url;', {
    identifier: 'fastfn:warm',
    initializeImportMeta: () => {},
    importModuleDynamically: (() => module) as never,
  });
  process.emitWarning = emitWarning;
  await module.link(() => module);
  await module.evaluate();
  if (typescript) transpile('/warm.ts', '/warm.ts', 'export const ready: boolean = true;', null);
}

/**
 * Loads a function's file and everything it imports: JavaScript and TypeScript, ESM and CommonJS. One per process: it
 * changes Node's CommonJS loader for good.
 *
 * @param entry absolute, real path
 * @param files is told of every file
 */
export async function loadEntry(entry: string, files: LoadedFiles): Promise<Loaded> {
  const types = new PackageTypes();
  const configs = new TsConfigs();
  const programs: Programs = new Programs(types, configs, files, (specifier, file) =>
    esm.import(specifier, pathToFileURL(file).href),
  );
  const esm: EsmLoader = new EsmLoader(programs, configs, files);
  readNodePath();
  hookCommonJs(programs, configs, files);
  if (programs.read(entry).format === 'commonjs') return { format: 'commonjs', exports: requireFile(entry) };
  const url = pathToFileURL(entry).href;
  return { format: 'module', exports: await esm.import(url, url) };
}
