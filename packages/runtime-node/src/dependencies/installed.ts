import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { satisfies, validRange } from 'semver';
import { lockName } from './manifest.js';

/** The folder in which Node would find a package, from a folder upwards; null: nowhere. */
export function findPackage(name: string, from: string, nodePath = ''): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === dirname(folder)) break;
  }
  for (const folder of nodePath.split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name, 'package.json'))) return join(folder, name);
  }
  return isSelf(name, from) ? from : null;
}

/** A package may import itself by its own name. */
function isSelf(name: string, from: string): boolean {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = jsonOf(join(folder, 'package.json'));
    if (manifest !== null) return manifest.name === name && manifest.exports !== undefined;
    if (folder === dirname(folder)) return false;
  }
}

/** Whether all dependencies of a manifest are found from its folder, in versions that it allows. */
export function isSatisfied(folder: string, dependencies: Readonly<Record<string, string>>): boolean {
  return Object.entries(dependencies).every(([name, range]) => {
    const found = findPackage(name, folder);
    if (found === null) return false;
    // An address, an alias or a tag: that it is there is all that can be told.
    if (validRange(range) === null) return true;
    const version = jsonOf(join(found, 'package.json'))?.version;
    return typeof version === 'string' && satisfies(version, range, { includePrerelease: true });
  });
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly link?: boolean;
}

/** Whether `node_modules` is what the lock says; true without a lock. npm keeps a lock of its own in there. */
export function matchesLock(folder: string): boolean {
  const name = lockName(folder);
  if (name === null) return true;
  const wanted = packagesOf(join(folder, name));
  // A lock of npm 6 does not say it in this way.
  if (wanted === null) return true;
  const installed = installedPackages(folder);
  return Object.entries(wanted).every(([path, { version, dev, optional, devOptional, peer, link }]) => {
    if (!path.startsWith('node_modules/') || dev || optional || devOptional || peer || link) return true;
    return installed[path]?.version === version;
  });
}

/** `name@version` of everything that npm has installed in a folder. */
export function resolvedPackages(folder: string): string[] {
  return Object.entries(installedPackages(folder))
    .filter(([path, { version }]) => path.startsWith('node_modules/') && version !== undefined)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`)
    .sort();
}

function installedPackages(folder: string): Readonly<Record<string, LockedPackage>> {
  return packagesOf(join(folder, 'node_modules', '.package-lock.json')) ?? {};
}

function packagesOf(lock: string): Readonly<Record<string, LockedPackage>> | null {
  const packages = jsonOf(lock)?.packages;
  return typeof packages === 'object' && packages !== null ? (packages as Record<string, LockedPackage>) : null;
}

function jsonOf(file: string): Record<string, unknown> | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return null;
  }
}
