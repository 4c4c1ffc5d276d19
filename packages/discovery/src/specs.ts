import {
  type Diagnostic,
  type FastFnError,
  type FunctionConfig,
  type FunctionPolicy,
  type FunctionSpec,
  functionKey,
  mergeFunctionConfig,
  type PolicyDefaults,
  type Runtime,
  resolveDocs,
  resolvePolicy,
} from '@fastfn/core';
import type { DiscoveryCache } from './cache.js';
import { diagnose } from './diagnostics.js';
import type { FunctionEnv } from './env.js';
import { type Hints, hintDiagnostics, NO_HINTS, parseHints } from './hints.js';
import { configErrorOf, type Inherited } from './overlay.js';
import type { Disk } from './scan.js';

/** What all functions with the same config layers share; made once per folder. */
export interface Settings {
  readonly config: FunctionConfig;
  readonly policy: FunctionPolicy;
  readonly env: FunctionEnv;
  readonly configError: FastFnError | null;
}

/** @param layers nearest first. */
export function settingsOf(
  layers: readonly FunctionConfig[],
  inherited: Pick<Inherited, 'env' | 'problems'>,
  defaults: PolicyDefaults,
): Settings {
  const config = mergeFunctionConfig(layers);
  return {
    config,
    policy: resolvePolicy(config, defaults),
    env: inherited.env,
    configError: configErrorOf(inherited.problems),
  };
}

export interface NewSpec {
  readonly runtime: Runtime;
  readonly name: string;
  readonly version: string;
  readonly aliases: readonly string[];
  /** Absolute. */
  readonly folder: string;
  readonly ownFolder: string;
  readonly entry: string;
  /** The entry, relative to root. */
  readonly source: string;
  readonly settings: Settings;
}

interface SpecBookOptions {
  readonly root: string;
  readonly disk: Disk;
  readonly cache: DiscoveryCache | undefined;
  readonly diagnostics: Diagnostic[];
}

/** Makes the functions of one discovery and sees to it that their keys are unique. */
export class SpecBook {
  readonly functions: FunctionSpec[] = [];
  private readonly keys = new Map<string, FunctionSpec>();
  private readonly entries = new Map<string, FunctionSpec>();

  constructor(private readonly options: SpecBookOptions) {}

  byEntry(entry: string): FunctionSpec | undefined {
    return this.entries.get(entry);
  }

  create(made: NewSpec): FunctionSpec {
    const { runtime, version, settings, source } = made;
    const { config, policy, env, configError } = settings;
    const hints = this.hints(made.entry, source, runtime);
    this.options.diagnostics.push(...hintDiagnostics(hints, source));
    const name = this.uniqueName(made);
    const spec: FunctionSpec = {
      key: functionKey(runtime, name, version),
      runtime,
      name,
      version,
      aliases: [...new Set(made.aliases)].filter((alias) => alias !== name && alias !== ''),
      group: config.group ?? null,
      root: this.options.root,
      folder: made.folder,
      ownFolder: made.ownFolder,
      entry: made.entry,
      handler: config.invoke?.handler ?? null,
      adapter: config.invoke?.adapter ?? null,
      sharedDeps: config.sharedDeps ?? [],
      policy,
      docs: resolveDocs(config, hints.docs),
      env: env.env,
      secretKeys: env.secretKeys,
      secretNames: env.secretNames,
      configError,
    };
    this.functions.push(spec);
    this.keys.set(spec.key, spec);
    this.entries.set(spec.entry, spec);
    return spec;
  }

  /** Two folders may give their functions the same name. The later one is then known by its file. */
  private uniqueName({ runtime, name, version, source }: NewSpec): string {
    const taken = this.keys.get(functionKey(runtime, name, version));
    if (taken === undefined) return name;
    const message = `The name "${name}" belongs to ${taken.entry.slice(this.options.root.length + 1)} already; this function is known as "${source}".`;
    this.options.diagnostics.push(diagnose('duplicate_name', source, message));
    return source;
  }

  private hints(entry: string, source: string, runtime: Runtime): Hints {
    const { disk, cache, diagnostics } = this.options;
    const stamp = cache === undefined ? null : disk.stamp(entry);
    const known = stamp === null ? undefined : cache?.get(entry, stamp);
    if (known !== undefined) return known;
    const head = disk.head(entry);
    if (head === null) {
      diagnostics.push(diagnose('unreadable_file', source, 'The handler cannot be read.'));
      return NO_HINTS;
    }
    const hints = parseHints(head, runtime);
    if (stamp !== null) cache?.set(entry, stamp, hints);
    return hints;
  }
}
