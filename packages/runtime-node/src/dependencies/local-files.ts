import { readFileSync, statSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve, sep } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import type * as Oxc from 'oxc-transform';
import { isTypeScript, resolvePath } from '../shim/loader/resolve.js';
import { pathCandidates, TsConfigs } from '../shim/loader/tsconfig.js';
import { type NodeImport, scanImports } from './scan-imports.js';

/** More than a function has; a tree that is larger is looked at in part. */
const MAX_FILES = 500;
const MAX_FILE_BYTES = 1_048_576;

const BUILTINS = new Set(builtinModules);
const CODE = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);
const PACKAGE_NAME = /^(?:@[a-z0-9-][\w.~-]*\/)?[a-z0-9-][\w.~-]*$/i;

export interface PackageImport {
  /** Of the package: `@scope/name` of `@scope/name/sub/path`. */
  readonly name: string;
  /** The file that imports it, absolute. */
  readonly from: string;
}

export interface CodeImports {
  /** Packages, each once for a file that imports it. */
  readonly packages: readonly PackageImport[];
  /** Every file that was read, the handler first. */
  readonly files: readonly string[];
}

/** Packages that a handler and the files below root that it loads, directly or not, load by name. */
export function importsOfHandler(fn: FunctionSpec): CodeImports {
  const files = new Set([fn.entry]);
  const packages: PackageImport[] = [];
  const configs = new TsConfigs();
  for (const file of files) {
    const source = sourceOf(file);
    const names = new Set<string>();
    for (const one of scanImports(source)) {
      if (one.typeOnly) continue;
      const local = localFile(one.specifier, file, configs);
      if (local === null) {
        const name = one.optional ? null : packageName(one.specifier);
        if (name !== null) names.add(name);
      } else if (isOwn(local, fn.root) && files.size < MAX_FILES) files.add(local);
    }
    for (const name of names) packages.push({ name, from: file });
  }
  return { packages, files: [...files] };
}

/** The package that a bare specifier names; null for paths, built-in modules, and what can be no package. */
export function packageName(specifier: string): string | null {
  if (isPath(specifier) || specifier.startsWith('#') || specifier.includes(':') || BUILTINS.has(specifier)) return null;
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
  return PACKAGE_NAME.test(name) && !BUILTINS.has(name) ? name : null;
}

/**
 * Of some packages that a TypeScript file imports, those that are still there when it runs: an import that only types
 * use is dropped, and its package may not even exist.
 */
export function packagesAtRunTime(file: string, names: readonly string[]): readonly string[] {
  if (!isTypeScript(file)) return names;
  const verbatim = new TsConfigs().for(dirname(file))?.verbatimModuleSyntax ?? false;
  const { transformSync } = createRequire(import.meta.url)('oxc-transform') as typeof Oxc;
  const { code, errors } = transformSync(file, sourceOf(file), {
    lang: 'ts',
    typescript: { onlyRemoveTypeImports: verbatim },
  });
  // What does not compile is told when it is loaded.
  if (errors.some(({ severity }) => severity === 'Error')) return [];
  const left = new Set(scanImports(code).map((one: NodeImport) => packageName(one.specifier)));
  return names.filter((name) => left.has(name));
}

function localFile(specifier: string, from: string, configs: TsConfigs): string | null {
  if (isPath(specifier)) return resolvePath(resolve(dirname(from), specifier)) ?? join(dirname(from), specifier);
  if (!isTypeScript(from)) return null;
  const config = configs.for(dirname(from));
  if (config === null) return null;
  for (const candidate of pathCandidates(config, specifier)) {
    const found = resolvePath(candidate);
    if (found !== null) return found;
  }
  return null;
}

function isPath(specifier: string): boolean {
  return /^\.\.?(?:\/|$)/.test(specifier) || isAbsolute(specifier);
}

function isOwn(file: string, root: string): boolean {
  return file.startsWith(root + sep) && CODE.has(extname(file)) && !file.slice(root.length).includes('/node_modules/');
}

function sourceOf(file: string): string {
  try {
    return statSync(file).size > MAX_FILE_BYTES ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
