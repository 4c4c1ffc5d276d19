import type { FunctionConfig, Runtime } from '@fastfn/core';

/** Default entries by runtime, best first. SPEC §2.2. */
const DEFAULT_ENTRIES: Readonly<Record<Runtime, readonly string[]>> = {
  node: ['handler', 'index', 'main'].flatMap((base) =>
    ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'].map((extension) => base + extension),
  ),
  python: ['handler.py', 'main.py'],
  php: ['handler.php', 'index.php'],
  lua: ['handler.lua', 'main.lua', 'index.lua'],
  rust: ['handler.rs', 'main.rs'],
  go: ['handler.go', 'main.go'],
};

export interface DefaultEntry {
  readonly file: string;
  readonly runtime: Runtime;
}

export interface EntryChoice {
  readonly entry: DefaultEntry;
  /** Default entries that lost. */
  readonly ignored: readonly DefaultEntry[];
}

/**
 * The default entry of a folder; null when it has none.
 * @param runtimes the enabled ones, in their order.
 */
export function chooseDefaultEntry(files: readonly string[], runtimes: readonly Runtime[]): EntryChoice | null {
  if (files.length === 0) return null;
  const candidates: DefaultEntry[] = [];
  for (const runtime of runtimes) {
    for (const file of DEFAULT_ENTRIES[runtime]) {
      if (files.includes(file)) candidates.push({ file, runtime });
    }
  }
  const [entry, ...ignored] = candidates;
  return entry === undefined ? null : { entry, ignored };
}

/**
 * Whether the functions root with this entry is one function (`fastfn dev hello/`) and not a tree with a page at `/`.
 * `index` alone is what people call the front page of a tree, so it makes a function of the root only where nothing
 * else could be a route.
 */
export function rootIsFunction(
  entryFile: string,
  config: FunctionConfig,
  explicit: boolean,
  hasOtherRoutes: boolean,
): boolean {
  if (explicit || config.entrypoint !== undefined) return true;
  return !/^index\./.test(entryFile) || !hasOtherRoutes;
}
