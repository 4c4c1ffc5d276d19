import { type Stats, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ConfigRead, ConfigReader, Diagnostic, EnvFile, FunctionConfig, RoutesFile } from '@fastfn/core';
import { type Parsed, parseEnvFile, parseFunctionConfig, parseRoutesFile } from './parse-file.js';
import { readTextFile } from './text/read-text.js';

/** File systems stamp times in steps of some ms: a younger file may change again without showing it. */
const STAMP_STEP_MS = 50;
/** Bound of the cache; beyond it the files read longest ago are parsed again when asked for. */
const MAX_CACHED_FILES = 200_000;

export interface CachingConfigReader extends ConfigReader {
  /** Drops what is known of a file, its last good value included: for files that were deleted. */
  forget(file: string): void;
}

interface Entry {
  readonly stamp: string | null;
  /** Of a file too young for its stamp to be trusted. */
  readonly text: string | null;
  readonly read: ConfigRead<unknown>;
  /** What the file said when it was last good; null when it never was. */
  readonly good: unknown;
}

/**
 * Reads the config files below a functions root. A file is parsed again only when its size, times or inode changed;
 * while nothing changes the very same object is returned. A broken file keeps its last good value. Never throws.
 */
export function createConfigReader({ root }: { readonly root: string }): CachingConfigReader {
  const top = resolve(root);
  const cache = new Map<string, Entry>();

  function read<T>(file: string, parse: (text: string, shown: string) => Parsed<T>): ConfigRead<T> {
    const known = cache.get(file);
    if (known?.stamp != null && known.text === null && known.stamp === stampNow(file))
      return known.read as ConfigRead<T>;
    const entry = readAgain(file, parse, known);
    cache.delete(file);
    cache.set(file, entry);
    if (cache.size > MAX_CACHED_FILES) cache.delete(cache.keys().next().value!);
    return entry.read as ConfigRead<T>;
  }

  function readAgain<T>(
    file: string,
    parse: (text: string, shown: string) => Parsed<T>,
    known: Entry | undefined,
  ): Entry {
    const shown = relative(top, file).split(sep).join('/');
    const source = readTextFile(file);
    const good = (known?.good ?? null) as T | null;
    if (!source.ok) {
      const { message, fix } = source;
      const problem: Diagnostic = {
        severity: 'error',
        code: 'invalid_config',
        file: shown,
        message: `${shown}: ${message}`,
        fix,
      };
      return {
        stamp: stampNow(file),
        text: null,
        read: { value: good, diagnostics: [problem], stale: good !== null },
        good,
      };
    }
    const stamp = stampOf(source.stat);
    const isYoung = Date.now() - source.stat.mtimeMs < STAMP_STEP_MS;
    const text = isYoung ? source.text : null;
    // Still the same text: keep the object, so that callers can compare by identity.
    if (known?.stamp != null && known.text === source.text) return { ...known, stamp, text };
    const { value, diagnostics } = parse(source.text, shown);
    if (value !== null) return { stamp, text, read: { value, diagnostics, stale: false }, good: value };
    return { stamp, text, read: { value: good, diagnostics, stale: good !== null }, good };
  }

  return {
    functionConfig: (file) =>
      read<FunctionConfig>(file, (text, shown) => {
        const { value, diagnostics } = parseFunctionConfig(text, shown, dirname(file) === top);
        return { value: value?.config ?? null, diagnostics };
      }),
    envFile: (file) => read<EnvFile>(file, parseEnvFile),
    routesFile: (file) => read<RoutesFile>(file, parseRoutesFile),
    forget(file) {
      cache.delete(file);
    },
  };
}

/** Null: not there, or not to be looked at; such an entry is never taken for current. */
function stampNow(file: string): string | null {
  try {
    return stampOf(statSync(file));
  } catch {
    return null;
  }
}

function stampOf({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs}:${ctimeMs}:${size}:${ino}`;
}
