import { basename } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import type { FolderEntry } from './entry.js';
import { cleanFunctionName, joinRel } from './names.js';
import { inheritable } from './overlay.js';
import { claimPolicyRoutes } from './policy-routes.js';
import { CONFIG_FILE } from './scan.js';
import { ANY_HOST, DEFAULT_VERSION, methodsOf, type Owner, type Place, type Scene } from './scene.js';
import { folderSegment, isProblem, patternsOf, type Segment } from './segment.js';
import { type Settings, settingsOf } from './specs.js';
import { isVersionName, versionPattern } from './versions.js';

/**
 * Makes the function of a single-entry folder, or a version of the function of the folder above, and claims its URLs.
 * @returns what its subfolders may be versions of; null for versions and for functions that were skipped.
 */
export function createFolderFunction(place: Place, entry: FolderEntry, scene: Scene): Owner | null {
  const { folder, context } = place;
  if (context.owner !== null && isVersionName(folder.name)) {
    createVersion(place, entry, context.owner, scene);
    return null;
  }
  const { grouped } = context;
  if (!entry.grouped || grouped === null) return createFunction(place, entry, scene);

  // In the runtime-grouped layout a version needs no default beside it: only `@version` exists.
  if (grouped.names.length > 1 && isVersionName(folder.name)) {
    const names = grouped.names.slice(0, -1);
    const patterns = patternsOf(grouped.segments.slice(0, -1));
    const owner = {
      name: names.join('/'),
      patterns: isProblem(patterns) ? [] : patterns,
      fallback: [],
      entrypoint: undefined,
    };
    createVersion(place, entry, owner, scene);
    return null;
  }
  if (grouped.names.length > scene.namespaceDepth) {
    const message = `The function is skipped: "${grouped.names.join('/')}" has ${grouped.names.length} names, ${scene.namespaceDepth} are allowed.`;
    scene.diagnostics.push(diagnose('namespace_too_deep', folder.rel, message));
    return null;
  }
  return createFunction(place, entry, scene);
}

function createFunction(place: Place, entry: FolderEntry, scene: Scene): Owner {
  const { folder, config, explicit, here } = place;
  const settings = settingsOf([config, ...here.layers], here, scene.policyDefaults);
  const identity = identify(place, entry, settings, scene);
  const fn = createSpec(place, entry, scene, settings, identity.name, DEFAULT_VERSION, identity.aliases);

  const invoke = settings.config.invoke ?? {};
  const methods = methodsOf(invoke);
  const hosts = invoke.allowHosts ?? ANY_HOST;
  const source = fileOf(fn);
  if (config.invoke?.defaultRoute !== false) {
    for (const pattern of identity.patterns) scene.claims.add({ pattern, methods, hosts, fn, origin: 'file', source });
  }
  // A folder `api/v1/` of a file tree answers at `/api@v1` as well.
  const alias = treeVersionPattern(place);
  if (alias !== null) scene.claims.add({ pattern: alias, methods, hosts, fn, origin: 'version', source });
  claimPolicyRoutes(
    {
      fn,
      routes: config.invoke?.routes ?? [],
      methods,
      hosts,
      force: scene.forceUrl || (invoke.forceUrl ?? false),
      source: joinRel(folder.rel, CONFIG_FILE),
    },
    scene.claims,
    scene.diagnostics,
  );
  return {
    name: fn.name,
    patterns: identity.versioned,
    fallback: explicit ? [inheritable(config)] : [],
    entrypoint: config.entrypoint,
  };
}

function createVersion(place: Place, entry: FolderEntry, owner: Owner, scene: Scene): void {
  const { folder, config, here } = place;
  const version = folder.name;
  const configFile = joinRel(folder.rel, CONFIG_FILE);
  if (config.name !== undefined) {
    const message = `\`name\` has no effect in a version: it is a version of "${owner.name}".`;
    scene.diagnostics.push(diagnose('config_identity_ignored', configFile, message, { key: 'name' }));
  }
  const settings = settingsOf([config, ...owner.fallback, ...here.layers], here, scene.policyDefaults);
  const fn = createSpec(place, entry, scene, settings, owner.name, version, []);
  const invoke = settings.config.invoke ?? {};
  const methods = methodsOf(invoke);
  const hosts = invoke.allowHosts ?? ANY_HOST;
  const patterns = owner.patterns.map((base) => versionPattern(base, version)).filter((pattern) => pattern !== null);
  for (const pattern of patterns) {
    scene.claims.add({ pattern, methods, hosts, fn, origin: 'version', source: fileOf(fn) });
  }
  if (patterns.length === 0) {
    const message = `The version has no URL: that of "${owner.name}" ends in a parameter.`;
    scene.diagnostics.push(diagnose('version_without_url', folder.rel, message));
  }
  // Its own force flag counts for nothing. SPEC §2.4.
  const routes = config.invoke?.routes ?? [];
  const request = { fn, routes, methods, hosts, force: scene.forceUrl, source: configFile };
  claimPolicyRoutes(request, scene.claims, scene.diagnostics);
}

/** `/api@v1` for a folder `api/v1/` whose parent is no function; null for every other folder. */
export function treeVersionPattern({ folder, context }: Pick<Place, 'folder' | 'context'>): string | null {
  if (context.owner !== null || !isVersionName(folder.name)) return null;
  const parent = patternsOf(context.segments.slice(0, -1));
  return isProblem(parent) ? null : versionPattern(parent[0]!, folder.name);
}

interface Identity {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Default URLs. */
  readonly patterns: readonly string[];
  /** URLs that take `@version`. */
  readonly versioned: readonly string[];
}

/** Name and default URLs of a folder's function. SPEC §2.2, §16. */
function identify(place: Place, entry: FolderEntry, settings: Settings, scene: Scene): Identity {
  const { folder, context, config, explicit } = place;
  const isRoot = folder.rel === '';
  const group = entry.grouped ? context.grouped : null;
  const ownName = isRoot ? basename(scene.root) : group === null ? folder.rel : group.names.join('/');
  const ownSegments = isRoot ? rootSegments(scene.root) : (group?.segments ?? context.segments);

  let name = ownName;
  let base = pathOf(ownSegments, folder.rel, scene);
  if (config.name !== undefined) {
    const cleaned = cleanFunctionName(config.name);
    if (cleaned === null) {
      const message = `The name "${config.name}" is passed over; the function is called "${ownName}".`;
      scene.diagnostics.push(diagnose('invalid_name', joinRel(folder.rel, CONFIG_FILE), message, { key: 'name' }));
    } else {
      name = cleaned;
      base = [`/${cleaned}`];
    }
  }
  const adapted = settings.config.invoke?.adapter !== undefined;
  // An application of another platform has a router of its own for what lies below. Decision 014.
  const withTail = explicit || group !== null || adapted;
  const patterns = [...base, ...(withTail ? base.filter(takesTail).map((path) => `${path}/*`) : [])];
  if (isRoot) patterns.unshift(...(adapted ? ['/', '/*'] : ['/']));
  return {
    name,
    aliases: [ownName, folder.rel, ownName.toLowerCase(), fileBelow(scene.root, entry.path)],
    patterns: [...new Set(patterns)],
    versioned: base.filter(takesTail),
  };
}

/** A served leaf folder answers at its own name too (`fastfn dev hello/`), where that can be a URL. */
function rootSegments(root: string): readonly Segment[] {
  const segment = folderSegment(basename(root));
  return isProblem(segment) || segment.kind !== 'static' ? [] : [segment];
}

function takesTail(pattern: string): boolean {
  return pattern !== '/' && !pattern.endsWith('*');
}

function pathOf(segments: readonly Segment[], rel: string, scene: Scene): readonly string[] {
  const patterns = patternsOf(segments);
  if (!isProblem(patterns)) return patterns;
  scene.diagnostics.push(diagnose(patterns.problem, rel, `The folder has no URL: ${patterns.reason}.`));
  return [];
}

function createSpec(
  { folder, context }: Place,
  entry: FolderEntry,
  scene: Scene,
  settings: Settings,
  name: string,
  version: string,
  aliases: readonly string[],
): FunctionSpec {
  return scene.specs.create({
    runtime: entry.runtime,
    name,
    version,
    aliases,
    folder: folder.path,
    ownFolder: context.ownFolder,
    entry: entry.path,
    source: fileBelow(scene.root, entry.path),
    settings,
  });
}

function fileOf(fn: FunctionSpec): string {
  return fileBelow(fn.root, fn.entry);
}

function fileBelow(root: string, path: string): string {
  return path.slice(root.length + 1);
}
