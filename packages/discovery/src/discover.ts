import type {
  ConfigReader,
  Diagnostic,
  FunctionConfig,
  HomeConfig,
  Manifest,
  PolicyDefaults,
  Runtime,
} from '@fastfn/core';
import { checkAssets } from './assets.js';
import type { DiscoveryCache } from './cache.js';
import { ClaimBook } from './claims.js';
import { sortDiagnostics } from './diagnostics.js';
import { type DeclaredHome, resolveHome } from './homes.js';
import { CONFIG_FILE, type Disk, nodeDisk, scan } from './scan.js';
import { SpecBook } from './specs.js';
import { visitTree } from './visit.js';

export interface DiscoverOptions {
  /** Absolute functions root. */
  readonly root: string;
  /** Reads the config files that are found; each is asked for once or twice per discovery. */
  readonly reader: ConfigReader;
  /** Enabled runtimes, the first wins; files of others are left out, and told. */
  readonly runtimes: readonly Runtime[];
  /** Names below `<root>/<runtime>/`, 1 to 5. SPEC §2.2. */
  readonly namespaceDepth: number;
  /** Folder names not to enter, beside the built-in ones and the root config's. */
  readonly ignoreDirs: readonly string[];
  /** Every policy route may replace files and manifests. */
  readonly forceUrl: boolean;
  readonly policyDefaults: PolicyDefaults;
  /** Given again at the next discovery, spares reading unchanged handlers. */
  readonly cache?: DiscoveryCache;
  /** For tests. Default: the real one. */
  readonly disk?: Disk;
}

/**
 * Finds the functions below a root and the URLs they want. Synchronous: one pass over the tree is faster than many
 * small waits, and it runs at start and after edits only. Never throws for what it finds on disk: that becomes
 * diagnostics. The same tree gives a deeply equal manifest.
 */
export function discover(options: DiscoverOptions): Manifest {
  const { reader, disk = nodeDisk, cache } = options;
  const root = disk.resolve(options.root).real;
  const diagnostics: Diagnostic[] = [];
  const rootConfig = readRootConfig(root, reader, disk);
  const { assets, folder: assetsFolder } = checkAssets(root, rootConfig.assets, disk, diagnostics);
  const { tree, diagnostics: scanned } = scan({
    root,
    ignoreDirs: [...options.ignoreDirs, ...(rootConfig.ignoreDirs ?? [])],
    excluded: new Set(assetsFolder === null ? [] : [assetsFolder]),
    disk,
  });
  diagnostics.push(...scanned);

  const specs = new SpecBook({ root, disk, cache, diagnostics });
  const claims = new ClaimBook(diagnostics);
  const declared: DeclaredHome[] = [];
  const privatePaths: string[] = [];
  visitTree(tree, {
    root,
    reader,
    disk,
    runtimes: options.runtimes,
    namespaceDepth: options.namespaceDepth,
    forceUrl: options.forceUrl,
    policyDefaults: options.policyDefaults,
    specs,
    claims,
    diagnostics,
    homes: declared,
    privatePaths,
  });
  const homes = declared.map((home) => resolveHome(home, diagnostics)).filter((home) => home !== null);
  const rootHome = checkRootHome(rootConfig.home, diagnostics);
  cache?.sweep();
  return {
    root,
    functions: specs.functions,
    claims: claims.claims,
    homes,
    rootHome,
    assets,
    privatePaths,
    diagnostics: sortDiagnostics(diagnostics),
  };
}

/** The root's config is needed before the scan; its diagnostics are told when the tree is visited. */
function readRootConfig(root: string, reader: ConfigReader, disk: Disk): FunctionConfig {
  const file = `${root}/${CONFIG_FILE}`;
  return disk.resolve(file).kind === 'file' ? (reader.functionConfig(file).value ?? {}) : {};
}

function checkRootHome(home: HomeConfig | undefined, diagnostics: Diagnostic[]): HomeConfig | null {
  if (home === undefined) return null;
  const checked = resolveHome({ pattern: '/', home, source: CONFIG_FILE }, diagnostics);
  if (checked === null) return null;
  return {
    ...(checked.route !== null && { route: checked.route }),
    ...(checked.redirect !== null && { redirect: checked.redirect }),
  };
}
