import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { type BuildReport, contentHash } from '@fastfn/dependencies';
import { parse } from 'smol-toml';
import type { Project } from './project.js';

/** Crates of ours in every project. */
const OURS = new Set(['function', 'fastfn', 'fastfn-wire']);

/** Manifest and lock of a function that has a Cargo.toml, as they are now; null when it has none. */
export function crateReport(
  { folder }: FunctionSpec,
  { hasOwnManifest, hasOwnLock }: Project,
  toolKey: string,
): Pick<BuildReport, 'manifest' | 'lock' | 'hash'> | null {
  if (!hasOwnManifest) return null;
  const hash = contentHash({ tool: toolKey }, [join(folder, 'Cargo.toml'), join(folder, 'Cargo.lock')]);
  return { manifest: 'Cargo.toml', lock: hasOwnLock ? 'Cargo.lock' : null, hash };
}

/** The crates that cargo chose, as `name@1.2.3`, from the lock it wrote; none when it wrote none. */
export function cratesOf(lock: string): string[] {
  try {
    const { package: crates = [] } = parse(readFileSync(lock, 'utf8')) as {
      package?: { name: string; version: string }[];
    };
    return crates
      .filter(({ name }) => !OURS.has(name))
      .map(({ name, version }) => `${name}@${version}`)
      .sort();
  } catch {
    return [];
  }
}
