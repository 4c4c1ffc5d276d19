import { realpathSync } from 'node:fs';
import { createRequire, isBuiltin, Module } from 'node:module';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { LoadedFiles } from './files.js';
import type { Programs } from './program.js';
import { isTypeScript, resolvePath } from './resolve.js';
import { pathCandidates, type TsConfigs } from './tsconfig.js';

/** The parts of Node's CommonJS loader that everybody hooks into, and that therefore stay. */
interface CjsLoader {
  _extensions: Record<string, (module: CjsModule, file: string) => void>;
  _cache: Record<string, CjsModule>;
  _resolveFilename(request: string, parent: CjsModule | undefined, isMain: boolean, options?: object): string;
  _resolveLookupPaths(request: string, parent: CjsModule): string[] | null;
  _initPaths(): void;
}

interface CjsModule {
  exports: unknown;
  readonly filename: string | null;
  require(id: string): unknown;
}

const loader = Module as unknown as CjsLoader;

/** Takes up a `NODE_PATH` that was set after Node started. */
export function readNodePath(): void {
  loader._initPaths();
}

/** Runs a CommonJS file, or gives what it exported before. @param file absolute, real path */
export function requireFile(file: string): unknown {
  return createRequire(file)(file);
}

/**
 * Teaches Node's CommonJS loader TypeScript, syntax detection and our `import()`, and has it report what it loads.
 */
export function hookCommonJs(programs: Programs, configs: TsConfigs, files: LoadedFiles): void {
  const native = loader._extensions['.js']!;
  const nativeJson = loader._extensions['.json']!;
  const run = (module: CjsModule, file: string): void => {
    const program = programs.read(file);
    if (program.format === 'module') {
      // Newer Nodes can; older ones cannot, and say so in other words for files without `type`.
      if ((process.features as { require_module?: boolean }).require_module && !isTypeScript(file))
        native(module, file);
      else throw cannotRequire(file);
      return;
    }
    programs.forget(file);
    program.body.call(module.exports, module.exports, requireOf(module), module, file, dirname(file));
  };
  for (const extension of ['.js', '.cjs', '.ts', '.cts', '.mts']) loader._extensions[extension] = run;
  loader._extensions['.json'] = (module, file) => {
    files.add(file);
    nativeJson(module, file);
  };

  const nativeResolve = loader._resolveFilename;
  loader._resolveFilename = function (request, parent, ...rest) {
    const from = parent?.filename;
    if (!from || isBuiltin(request)) return nativeResolve.call(this, request, parent, ...rest);
    const isPath = /^\.{0,2}\//.test(request) || request === '.' || request === '..' || isAbsolute(request);
    if (!isPath && isTypeScript(from)) {
      const config = configs.for(dirname(from));
      for (const candidate of config === null ? [] : pathCandidates(config, request)) {
        const found = resolvePath(candidate);
        if (found !== null) return realpathSync(found);
      }
    }
    try {
      return nativeResolve.call(this, request, parent, ...rest);
    } catch (error) {
      const found =
        isPath && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
          ? resolvePath(resolve(dirname(from), request))
          : null;
      if (found === null) throw error;
      return realpathSync(found);
    }
  };
}

function requireOf(module: CjsModule): NodeJS.Require {
  const require = ((id: string) => module.require(id)) as NodeJS.Require;
  const resolveRequest = ((request: string, options?: object) =>
    loader._resolveFilename(request, module, false, options)) as NodeJS.RequireResolve;
  resolveRequest.paths = (request) => loader._resolveLookupPaths(request, module);
  require.resolve = resolveRequest;
  require.cache = loader._cache as unknown as NodeJS.Require['cache'];
  require.extensions = loader._extensions as unknown as NodeJS.Require['extensions'];
  require.main = undefined;
  return require;
}

function cannotRequire(file: string): Error {
  const error: NodeJS.ErrnoException = new Error(
    `${file} is an ES module and cannot be loaded with require(). Use \`await import()\`, or make the importing file an ES module too.`,
  );
  error.code = 'ERR_REQUIRE_ESM';
  return error;
}
