import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type LoadedOptions, loadOptions } from '@fastfn/config';
import { type FunctionSpec, type Runtime, UsageError } from '@fastfn/core';
import { inspectTree } from '@fastfn/server';
import { VERSION } from '../version.js';
import { type InstallPlan, installPlan } from './install-plan.js';
import { checkImage, defaultImage, resourceName } from './names.js';
import type { Project } from './project.js';

export interface ReadProjectInput {
  readonly cwd: string;
  readonly dir?: string;
  readonly configFile?: string;
  readonly image?: string;
  /** Named by the user; null: those in use. */
  readonly runtimes: readonly Runtime[] | null;
}

export interface FoundProject {
  readonly project: Project;
  /** Absolute. */
  readonly folder: string;
  /** Languages that functions are written in and the image will not have. */
  readonly missing: readonly Runtime[];
}

/**
 * Looks at a project as far as the image of it is concerned.
 * @throws OptionsError; UsageError `usage` (image), `outside_project`, `bad_package_json`.
 */
export function readProject({ cwd, dir, configFile, image, runtimes }: ReadProjectInput): FoundProject {
  const place = { cwd, dir, configFile, flags: {}, env: process.env };
  const loaded = loadOptions({ ...place, command: 'routes' });
  const { projectDir: folder, root } = loaded.options;
  const functions = posix(relative(folder, root)) || '.';
  if (functions === '..' || functions.startsWith('../')) {
    throw new UsageError(
      'outside_project',
      `${root} is not inside the project, ${folder}: an image cannot have it.`,
      'Run the command in the folder that has both, or name its project file with --config.',
    );
  }
  const { manifest } = inspectTree(place);
  const used = loaded.options.runtimes.filter((runtime) => manifest.functions.some((fn) => fn.runtime === runtime));
  const { name: packageName, plan } = readPackage(folder);
  const name = resourceName(packageName ?? basename(folder));
  return {
    folder,
    missing: runtimes === null ? [] : used.filter((runtime) => !runtimes.includes(runtime)),
    project: {
      name,
      image: image === undefined ? defaultImage(name) : checkImage(image),
      functions,
      runtimes: runtimes ?? used,
      restrictTo: runtimes ?? restriction(loaded),
      composer: manifest.functions.some((fn) => fn.runtime === 'php' && namesPackages(fn)),
      keptPackages: packsWithoutManifest(root).map((path) => posix(relative(folder, path))),
      install: plan,
    },
  };
}

/** What the environment of this command restricts, the image restricts too. */
function restriction({ options, sources }: LoadedOptions): readonly Runtime[] | null {
  return sources.runtimes === 'env' ? options.runtimes : null;
}

function readPackage(folder: string): { name: string | null; plan: InstallPlan } {
  const file = join(folder, 'package.json');
  const files = new Set(readdirSync(folder));
  if (!existsSync(file)) return { name: null, plan: installPlan({ manifest: null, files }, VERSION) };
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError('bad_package_json', `${file} cannot be read: ${(cause as Error).message}`, 'Mend it first.', {
      cause,
    });
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw new UsageError('bad_package_json', `${file} is not an object.`, 'Mend it first.');
  }
  const { name } = manifest as { name?: unknown };
  const facts = { manifest: manifest as Record<string, unknown>, files };
  return { name: typeof name === 'string' ? name : null, plan: installPlan(facts, VERSION) };
}

/** A `composer.json` that counts for the function: from its folder up to root, or in its packs. */
function namesPackages({ root, folder, sharedDeps }: FunctionSpec): boolean {
  const packs = sharedDeps.map((pack) => join(root, '.fastfn', 'packs', 'php', pack));
  const folders = [...packs, folder];
  for (let at = folder; at !== root && at !== dirname(at); ) {
    at = dirname(at);
    folders.push(at);
  }
  return folders.some((one) => existsSync(join(one, 'composer.json')));
}

/** Packages of node packs that come installed, with nothing to install them from. */
function packsWithoutManifest(root: string): string[] {
  const packs = join(root, '.fastfn', 'packs', 'node');
  if (!existsSync(packs)) return [];
  return readdirSync(packs)
    .map((pack) => join(packs, pack))
    .filter((pack) => existsSync(join(pack, 'node_modules')) && !existsSync(join(pack, 'package.json')))
    .map((pack) => join(pack, 'node_modules'))
    .sort();
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
