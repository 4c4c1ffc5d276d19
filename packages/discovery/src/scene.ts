import type { ConfigReader, Diagnostic, FunctionConfig, InvokeConfig, PolicyDefaults, Runtime } from '@fastfn/core';
import type { ClaimBook } from './claims.js';
import type { DeclaredHome } from './homes.js';
import type { Inherited } from './overlay.js';
import type { Disk, Folder } from './scan.js';
import type { Segment } from './segment.js';
import type { SpecBook } from './specs.js';

/** What every step of one discovery works with: its settings, and the books it fills. */
export interface Scene {
  /** Absolute real path. */
  readonly root: string;
  readonly reader: ConfigReader;
  readonly disk: Disk;
  /** Enabled ones, in order. */
  readonly runtimes: readonly Runtime[];
  readonly namespaceDepth: number;
  readonly forceUrl: boolean;
  readonly policyDefaults: PolicyDefaults;
  readonly specs: SpecBook;
  readonly claims: ClaimBook;
  readonly diagnostics: Diagnostic[];
  /** Homes of folders below the root. */
  readonly homes: DeclaredHome[];
  /** URLs that private files would have. See `Manifest.privatePaths`. */
  readonly privatePaths: string[];
}

/** The function of a folder, as its subfolders see it when they may be versions of it. */
export interface Owner {
  readonly name: string;
  /** URLs that take `@version`. */
  readonly patterns: readonly string[];
  /** Its explicit config, which versions fall back to; an overlay reaches them anyway. */
  readonly fallback: readonly FunctionConfig[];
  readonly entrypoint: string | undefined;
}

/** A place inside `<root>/<runtime>/` of the runtime-grouped layout. */
export interface Grouped {
  readonly runtime: Runtime;
  /** Folder names and URL segments below the runtime's folder. */
  readonly names: readonly string[];
  readonly segments: readonly Segment[];
}

/** What a folder knows from those above it. */
export interface Context {
  /** URL of the folder. */
  readonly segments: readonly Segment[];
  readonly inherited: Inherited;
  /** Below a single-entry root: only explicit files are routes. */
  readonly mixed: boolean;
  readonly owner: Owner | null;
  readonly grouped: Grouped | null;
  /** Nearest folder whose name is not in brackets, this one included. SPEC §16. */
  readonly ownFolder: string;
}

/** A folder with its config files read. */
export interface Place {
  readonly folder: Folder;
  readonly context: Context;
  /** Of this folder alone; empty when it has none or a broken one. */
  readonly config: FunctionConfig;
  /** The config names a function. */
  readonly explicit: boolean;
  /** Layers of the folders above; env and faults of this one included. */
  readonly here: Inherited;
}

const DEFAULT_METHODS: readonly string[] = ['GET'];
/** Of code for another platform: its own router decides, preflight requests included. Decision 014. */
const ADAPTED_METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The methods of a handler whose file name says none. */
export function methodsOf({ methods, adapter }: InvokeConfig): readonly string[] {
  return methods ?? (adapter === undefined ? DEFAULT_METHODS : ADAPTED_METHODS);
}

export const ANY_HOST: readonly string[] = [];
export const DEFAULT_VERSION = 'default';
