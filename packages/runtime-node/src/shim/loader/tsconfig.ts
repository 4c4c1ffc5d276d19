import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';

/** What of a `tsconfig.json` matters when code runs. */
export interface TsConfig {
  /** All files it was read from, itself first. */
  readonly files: readonly string[];
  /** Absolute; null: none, and `paths` count from the config that has them. */
  readonly baseUrl: string | null;
  /** Patterns, most specific first. */
  readonly paths: readonly PathPattern[];
  readonly experimentalDecorators: boolean;
  readonly emitDecoratorMetadata: boolean;
  readonly verbatimModuleSyntax: boolean;
}

interface PathPattern {
  readonly prefix: string;
  /** Null: the pattern has no `*` and matches `prefix` alone. */
  readonly suffix: string | null;
  /** Absolute, with at most one `*`. */
  readonly targets: readonly string[];
}

interface RawConfig {
  extends?: unknown;
  compilerOptions?: Record<string, unknown>;
}

const MAX_EXTENDS = 16;

/** Finds and reads the configs that govern files, once each. */
export class TsConfigs {
  readonly #byFolder = new Map<string, TsConfig | null>();

  /** The config nearest above the folder, or null. A broken one counts as empty: it is the editor's to complain. */
  for(folder: string): TsConfig | null {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) return known;
    const file = join(folder, 'tsconfig.json');
    const parent = dirname(folder);
    const found = existsSync(file) ? readTsConfig(file) : parent === folder ? null : this.for(parent);
    this.#byFolder.set(folder, found);
    return found;
  }
}

/** Reads a config with everything it extends. */
export function readTsConfig(file: string): TsConfig {
  const files: string[] = [];
  const options = readOptions(file, files, 0);
  return {
    files,
    baseUrl: options.baseUrl,
    paths: patternsOf(options.paths, options.baseUrl ?? options.pathsFrom),
    experimentalDecorators: options.flags.experimentalDecorators === true,
    emitDecoratorMetadata: options.flags.emitDecoratorMetadata === true,
    verbatimModuleSyntax: options.flags.verbatimModuleSyntax === true,
  };
}

/** Where a specifier may lie according to `paths` and `baseUrl`, best first; without extension as written. */
export function pathCandidates(config: TsConfig, specifier: string): string[] {
  for (const { prefix, suffix, targets } of config.paths) {
    if (
      suffix === null
        ? specifier === prefix
        : specifier.length >= prefix.length + suffix.length &&
          specifier.startsWith(prefix) &&
          specifier.endsWith(suffix)
    ) {
      const middle = suffix === null ? '' : specifier.slice(prefix.length, specifier.length - suffix.length);
      return targets.map((target) => target.replace('*', () => middle));
    }
  }
  return config.baseUrl === null ? [] : [join(config.baseUrl, specifier)];
}

interface Options {
  baseUrl: string | null;
  paths: Record<string, unknown>;
  /** Folder of the config that has `paths`. */
  pathsFrom: string;
  flags: Record<string, unknown>;
}

function readOptions(file: string, files: string[], depth: number): Options {
  const folder = dirname(file);
  let options: Options = { baseUrl: null, paths: {}, pathsFrom: folder, flags: {} };
  if (depth > MAX_EXTENDS || files.includes(file)) return options;
  files.push(file);
  const raw = readJsonc(file);
  const parents = Array.isArray(raw.extends) ? raw.extends : raw.extends === undefined ? [] : [raw.extends];
  for (const parent of parents) {
    const parentFile = typeof parent === 'string' ? findParent(parent, folder) : null;
    if (parentFile === null) continue;
    const inherited = readOptions(parentFile, files, depth + 1);
    options = {
      baseUrl: inherited.baseUrl ?? options.baseUrl,
      paths: Object.keys(inherited.paths).length > 0 ? inherited.paths : options.paths,
      pathsFrom: Object.keys(inherited.paths).length > 0 ? inherited.pathsFrom : options.pathsFrom,
      flags: { ...options.flags, ...inherited.flags },
    };
  }
  const own = raw.compilerOptions ?? {};
  if (typeof own.baseUrl === 'string') options.baseUrl = resolve(folder, own.baseUrl);
  if (typeof own.paths === 'object' && own.paths !== null) {
    options.paths = own.paths as Record<string, unknown>;
    options.pathsFrom = folder;
  }
  options.flags = { ...options.flags, ...own };
  return options;
}

function readJsonc(file: string): RawConfig {
  try {
    const errors: ParseError[] = [];
    const value: unknown = parse(readFileSync(file, 'utf8'), errors, { allowTrailingComma: true });
    return typeof value === 'object' && value !== null ? (value as RawConfig) : {};
  } catch {
    return {};
  }
}

/** `extends` is a path, with or without `.json`, or a package. */
function findParent(name: string, folder: string): string | null {
  if (name.startsWith('.') || isAbsolute(name)) {
    const path = resolve(folder, name);
    return (
      [path, `${path}.json`, join(path, 'tsconfig.json')].find((candidate) =>
        statSync(candidate, { throwIfNoEntry: false })?.isFile(),
      ) ?? null
    );
  }
  const require = createRequire(join(folder, 'tsconfig.json'));
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      const found = require.resolve(candidate);
      if (found.endsWith('.json')) return found;
    } catch {}
  }
  return null;
}

function patternsOf(paths: Record<string, unknown>, base: string): PathPattern[] {
  const patterns: PathPattern[] = [];
  for (const [pattern, targets] of Object.entries(paths)) {
    if (!Array.isArray(targets)) continue;
    const star = pattern.indexOf('*');
    patterns.push({
      prefix: star < 0 ? pattern : pattern.slice(0, star),
      suffix: star < 0 ? null : pattern.slice(star + 1),
      targets: targets
        .filter((target): target is string => typeof target === 'string')
        .map((target) => resolve(base, target)),
    });
  }
  // As TypeScript chooses: an exact pattern, else the longest text before the star.
  return patterns.sort(
    (a, b) => Number(b.suffix === null) - Number(a.suffix === null) || b.prefix.length - a.prefix.length,
  );
}
