import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyError } from '@fastfn/dependencies';

export const MANIFEST = 'package.json';

/** What a `package.json` says of dependencies. */
export interface NodeManifest {
  /** Range or address by package; without those for development. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Everything that changes what npm installs. */
  readonly relevant: unknown;
  /** Another tool than npm keeps `node_modules`, e.g. `pnpm`. */
  readonly manager: string | null;
  readonly name: string | null;
}

const NOTHING: NodeManifest = { dependencies: {}, relevant: null, manager: null, name: null };

const FOREIGN_LOCKS = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
] as const;

/**
 * Reads a `package.json`; one that is not there says nothing.
 * @param shown its name in messages
 * @throws FastFnError `dependency_failed`: it is broken
 */
export function readManifest(folder: string, shown: string): NodeManifest {
  const file = join(folder, MANIFEST);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    throw dependencyError(`${shown} cannot be read: ${(error as Error).message}.`, file, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw dependencyError(`${shown} is no JSON: ${(error as Error).message}. Mend it.`, file, error);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw dependencyError(`${shown} must hold an object.`, file);
  }
  const raw = json as Record<string, unknown>;
  const dependencies = recordIn(raw, 'dependencies', shown, file);
  const optional = recordIn(raw, 'optionalDependencies', shown, file);
  const required = Object.fromEntries(Object.entries(dependencies).filter(([name]) => !(name in optional)));
  const { peerDependencies, overrides, workspaces, packageManager, name } = raw;
  const relevant = { dependencies, optional, peerDependencies, overrides, workspaces };
  return {
    dependencies: required,
    relevant,
    manager: foreignManager(folder, packageManager),
    name: typeof name === 'string' ? name : null,
  };
}

function recordIn(raw: Record<string, unknown>, key: string, shown: string, file: string): Record<string, string> {
  const value = raw[key] ?? {};
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord && Object.values(value).every((range) => typeof range === 'string')) {
    return value as Record<string, string>;
  }
  throw dependencyError(`"${key}" in ${shown} must be an object of names and versions.`, file);
}

function foreignManager(folder: string, packageManager: unknown): string | null {
  if (lockName(folder) !== null) return null;
  const named = typeof packageManager === 'string' ? /^(pnpm|yarn|bun)@/.exec(packageManager)?.[1] : undefined;
  return named ?? FOREIGN_LOCKS.find(([lock]) => existsSync(join(folder, lock)))?.[1] ?? null;
}

/** Name of npm's lock file in a folder; null: there is none. */
export function lockName(folder: string): string | null {
  return ['npm-shrinkwrap.json', 'package-lock.json'].find((name) => existsSync(join(folder, name))) ?? null;
}
