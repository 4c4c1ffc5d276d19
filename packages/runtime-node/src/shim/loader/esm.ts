import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { at, type Place } from '../errors.js';
import { requireFile } from './cjs.js';
import { exportNames } from './cjs-names.js';
import type { LoadedFiles } from './files.js';
import { resolveNatively } from './native-resolve.js';
import type { Programs } from './program.js';
import { isTypeScript, resolvePath } from './resolve.js';
import { originalPlace } from './source-maps.js';
import { findSyntaxError } from './transpile.js';
import { pathCandidates, type TsConfigs } from './tsconfig.js';

const require = createRequire(import.meta.url);

/**
 * Loads ES modules in this thread, with everything they import, on `vm.SourceTextModule`. LOADING.md says why not
 * with Node's own loader and its hooks.
 */
export class EsmLoader {
  readonly #programs: Programs;
  readonly #configs: TsConfigs;
  readonly #files: LoadedFiles;
  /** By URL. */
  readonly #modules = new Map<string, vm.Module>();
  readonly #namespaces = new Map<vm.Module, Promise<object>>();
  /** Graphs are linked one after the other: two at once would meet each other's half-linked modules. */
  #linking: Promise<unknown> = Promise.resolve();
  readonly #link = (specifier: string, from: vm.Module): vm.Module =>
    this.#module(this.resolve(specifier, from.identifier));

  constructor(programs: Programs, configs: TsConfigs, files: LoadedFiles) {
    this.#programs = programs;
    this.#configs = configs;
    this.#files = files;
  }

  /**
   * `import(specifier)` in the given module.
   * @param parent `file:` URL
   * @returns the namespace, of a module that has run
   */
  import(specifier: string, parent: string): Promise<object> {
    try {
      const url = this.resolve(specifier, parent);
      return this.#run(this.#module(url));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @returns a URL; of a file that exists, with links resolved, or of another kind. @throws ERR_MODULE_NOT_FOUND */
  resolve(specifier: string, parent: string): string {
    if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
    if (/^(?:\.{0,2}\/|file:)/.test(specifier)) {
      const url = new URL(specifier, parent);
      const found = resolvePath(fileURLToPath(url));
      if (found === null) throw notFound(specifier, parent);
      return fileUrl(found) + url.search + url.hash;
    }
    if (parent.startsWith('file:') && !specifier.startsWith('#')) {
      const from = fileURLToPath(parent);
      const config = isTypeScript(from) ? this.#configs.for(dirname(from)) : null;
      for (const candidate of config === null ? [] : pathCandidates(config, specifier)) {
        const found = resolvePath(candidate);
        if (found !== null) return fileUrl(found);
      }
    }
    return this.#resolvePackage(specifier, parent);
  }

  /** As Node does: `exports`, `imports` and conditions are its business. Then the folders of NODE_PATH, as for `require`. */
  #resolvePackage(specifier: string, parent: string): string {
    let problem: unknown;
    const folders = (process.env.NODE_PATH ?? '').split(delimiter).filter((folder) => folder.endsWith('/node_modules'));
    for (const from of [parent, ...folders.map((folder) => pathToFileURL(`${dirname(folder)}/_.js`).href)]) {
      try {
        const url = resolveNatively(specifier, from);
        if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return url;
        problem ??= notFound(specifier, parent);
      } catch (error) {
        problem ??= error;
      }
    }
    throw problem;
  }

  #module(url: string): vm.Module {
    let module = this.#modules.get(url);
    if (module === undefined) {
      module = this.#make(url);
      this.#modules.set(url, module);
    }
    return module;
  }

  #make(url: string): vm.Module {
    if (url.startsWith('node:')) return synthetic(url, require(url) as object);
    if (!url.startsWith('file:'))
      throw new TypeError(`Cannot import ${url}: only files, packages and built-in modules can be imported.`);
    const file = fileURLToPath(url);
    if (file.endsWith('.json')) {
      this.#files.add(file);
      const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return new vm.SyntheticModule(
        ['default'],
        function () {
          this.setExport('default', value);
        },
        { identifier: url },
      );
    }
    if (file.endsWith('.node')) return commonJs(url, file, new Set());
    const program = this.#programs.read(file);
    if (program.format === 'commonjs') return commonJs(url, file, exportNames(file, program.code, this.#programs));
    this.#programs.forget(file);
    try {
      return new vm.SourceTextModule(program.code, {
        identifier: url,
        initializeImportMeta: (meta) => {
          meta.url = url;
          meta.filename = file;
          meta.dirname = dirname(file);
          meta.resolve = (specifier: string) => this.resolve(specifier, url);
        },
        importModuleDynamically: ((specifier: string) => this.import(specifier, url)) as never,
      });
    } catch (error) {
      const place = error instanceof SyntaxError ? findSyntaxError(file, program.code) : null;
      if (place === null) throw error;
      throw at(error as Error, { file, line: originalPlace(file, place.line, 1)?.line ?? place.line });
    }
  }

  #run(module: vm.Module): Promise<object> {
    let namespace = this.#namespaces.get(module);
    if (namespace === undefined) {
      namespace = this.#linkAndEvaluate(module);
      this.#namespaces.set(module, namespace);
    }
    return namespace;
  }

  async #linkAndEvaluate(module: vm.Module): Promise<object> {
    const linked = this.#linking.then(async () => {
      if (module.status !== 'unlinked') return;
      try {
        await module.link(this.#link);
      } catch (error) {
        const place = error instanceof SyntaxError ? this.#findMissingExport(error.message) : null;
        this.#forgetUnlinked();
        throw place === null ? error : at(error as Error, place);
      }
    });
    this.#linking = linked.catch(() => {});
    await linked;
    // Evaluating: part of a graph that is running right now and imports itself dynamically; its namespace is there.
    if (module.status !== 'evaluating') await module.evaluate();
    return module.namespace;
  }

  /** Which import asks for a name that is not exported: V8 names both sides, but not the place. */
  #findMissingExport(message: string): Place | null {
    const match = /^The requested module '(.+)' does not provide an export named '(.+)'$/.exec(message);
    if (match === null) return null;
    const [, specifier, name] = match;
    for (const module of this.#modules.values()) {
      if (module.status === 'evaluated' || !(module as vm.SourceTextModule).dependencySpecifiers?.includes(specifier!))
        continue;
      const file = fileURLToPath(module.identifier);
      const line = findImport(readFileSync(file, 'utf8'), specifier!, name!);
      if (line !== null) return { file, line };
    }
    return null;
  }

  /** A graph that could not be linked leaves modules that never can be used; the next import reads them anew. */
  #forgetUnlinked(): void {
    for (const [url, module] of this.#modules) {
      if (module.status !== 'unlinked' && module.status !== 'linking') continue;
      this.#modules.delete(url);
      this.#namespaces.delete(module);
    }
  }
}

/** Runs the CommonJS code when its turn comes among the modules, not when it is linked. */
function commonJs(url: string, file: string, names: Set<string>): vm.Module {
  return new vm.SyntheticModule(
    [...names, 'default'],
    function () {
      const exports = requireFile(file);
      this.setExport('default', exports);
      if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return;
      for (const name of names) this.setExport(name, (exports as Record<string, unknown>)[name]);
    },
    { identifier: url },
  );
}

function synthetic(url: string, exports: object): vm.Module {
  const names = Object.keys(exports).filter((name) => name !== 'default');
  return new vm.SyntheticModule(
    [...names, 'default'],
    function () {
      this.setExport('default', exports);
      for (const name of names) this.setExport(name, (exports as Record<string, unknown>)[name]);
    },
    { identifier: url },
  );
}

/** The line, from 1, where a statement imports `name` from `specifier`. */
function findImport(source: string, specifier: string, name: string): number | null {
  for (const statement of source.matchAll(/\b(?:import|export)\b([^'";]*)\bfrom\s*(['"])(.*?)\2/g)) {
    if (statement[3] !== specifier) continue;
    const names = statement[0].split(/\bfrom\b/, 1)[0]!;
    const found = name === 'default' ? 0 : names.split(/[^\w$]+/).includes(name) ? names.indexOf(name) : -1;
    if (found >= 0) return source.slice(0, statement.index + found).split('\n').length;
  }
  return null;
}

function fileUrl(file: string): string {
  return pathToFileURL(realpathSync(file)).href;
}

function notFound(specifier: string, parent: string): Error {
  const error: NodeJS.ErrnoException = new Error(
    `Cannot find module '${specifier}' imported from ${parent.startsWith('file:') ? fileURLToPath(parent) : parent}`,
  );
  error.code = 'ERR_MODULE_NOT_FOUND';
  return error;
}
