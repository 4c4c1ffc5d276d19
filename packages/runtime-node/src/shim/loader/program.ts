import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import vm from 'node:vm';
import { at } from '../errors.js';
import type { LoadedFiles } from './files.js';
import type { PackageTypes } from './package-type.js';
import { isTypeScript } from './resolve.js';
import { originalPlace } from './source-maps.js';
import { transpile } from './transpile.js';
import type { TsConfigs } from './tsconfig.js';

/** The function that CommonJS code is the body of. */
export type CjsBody = (
  this: unknown,
  exports: unknown,
  require: unknown,
  module: unknown,
  filename: string,
  dirname: string,
) => void;

/** A file read, made JavaScript, and known to be one or the other kind. */
export type Program =
  | { readonly format: 'module'; readonly code: string }
  | { readonly format: 'commonjs'; readonly code: string; readonly body: CjsBody };

/** `import()` inside CommonJS code. @returns a module namespace */
export type DynamicImport = (specifier: string, file: string) => Promise<unknown>;

const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Only these can begin a statement that makes a file a module. */
const MAY_BE_MODULE = /\b(?:import|export|await)\b/;

/** How V8 complains of a module's syntax in a function's body; the same list as in Node's own detection. */
const MODULE_SYNTAX = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
  'await is only valid in async functions and the top level bodies of modules',
  'Unexpected reserved word',
];
const CJS_NAME_TAKEN = /^Identifier '(?:__filename|__dirname|await|exports|module|require)' has already been declared$/;

/**
 * Reads the user's files and their dependencies. Node's rules decide between ESM and CommonJS: extension, then `type`
 * of the nearest package.json; without one the syntax does, as in Node 22, on every Node.
 */
export class Programs {
  readonly #types: PackageTypes;
  readonly #configs: TsConfigs;
  readonly #files: LoadedFiles;
  readonly #import: DynamicImport;
  /** Read and not run yet: the linker looks at CommonJS code before it runs. */
  readonly #read = new Map<string, Program>();

  constructor(types: PackageTypes, configs: TsConfigs, files: LoadedFiles, dynamicImport: DynamicImport) {
    this.#types = types;
    this.#configs = configs;
    this.#files = files;
    this.#import = dynamicImport;
  }

  /** @param file absolute, real path. @throws SyntaxError, or the system's error when unreadable */
  read(file: string): Program {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    this.#files.add(file);
    const program = this.#make(file);
    this.#read.set(file, program);
    return program;
  }

  /** The code has begun to run: nobody will ask for it again. */
  forget(file: string): void {
    this.#read.delete(file);
  }

  #make(file: string): Program {
    const source = readFileSync(file, 'utf8');
    const code = isTypeScript(file) ? this.#transpile(file, source) : source;
    const extension = extname(file);
    if (extension === '.mjs' || extension === '.mts') return { format: 'module', code };
    if (extension === '.cjs' || extension === '.cts')
      return { format: 'commonjs', code, body: this.#compile(file, code) };
    const type = this.#types.for(dirname(file));
    if (type === 'module') return { format: 'module', code };
    // `npm init` writes `"type": "commonjs"` without asking. A file that can only be a module is one all the same: Node
    // would refuse it, so nothing changes its meaning.
    if (!MAY_BE_MODULE.test(code)) return { format: 'commonjs', code, body: this.#compile(file, code) };
    try {
      return { format: 'commonjs', code, body: this.#compile(file, code) };
    } catch (error) {
      if (!looksLikeModule(error as Error)) throw error;
      return { format: 'module', code };
    }
  }

  #transpile(file: string, source: string): string {
    const config = this.#configs.for(dirname(file));
    for (const part of config?.files ?? []) this.#files.add(part);
    return transpile(file, file, source, config);
  }

  #compile(file: string, code: string): CjsBody {
    const text = code.startsWith('#!') ? `//${code}` : code;
    try {
      return vm.compileFunction(text, CJS_PARAMETERS, {
        filename: file,
        importModuleDynamically: ((specifier: string) => this.#import(specifier, file)) as never,
      }) as CjsBody;
    } catch (error) {
      throw located(error, file);
    }
  }
}

/** Gives a SyntaxError its place in the user's file: V8 writes it above the message. */
function located(error: unknown, file: string): unknown {
  if (!(error instanceof SyntaxError) || typeof error.stack !== 'string' || !error.stack.startsWith(`${file}:`))
    return error;
  const line = Number.parseInt(error.stack.slice(file.length + 1), 10);
  if (Number.isNaN(line)) return error;
  return at(error, { file, line: originalPlace(file, line, 1)?.line ?? line });
}

function looksLikeModule({ message }: Error): boolean {
  return MODULE_SYNTAX.some((text) => message.includes(text)) || CJS_NAME_TAKEN.test(message);
}
