import { dirname } from 'node:path';
import type { Diagnostic, FunctionConfig, Runtime } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { type FolderEntry, findEntry } from './entry.js';
import { EMPTY_ENV, extendEnv } from './env.js';
import { createFileFunctions } from './file-functions.js';
import { type HandlerName, isPrivateName, parseFileName, type RefusedName, runtimeOf } from './file-name.js';
import { createFolderFunction } from './folder-function.js';
import { rootIsFunction } from './folder-shape.js';
import { groupedRuntime } from './grouped-layout.js';
import { claimManifest, type FileSettings } from './manifest-functions.js';
import { joinRel } from './names.js';
import { inheritable, isExplicit, withoutIdentity } from './overlay.js';
import { CONFIG_FILE, ENV_FILE, type Folder } from './scan.js';
import type { Context, Grouped, Owner, Place, Scene } from './scene.js';
import { isProblem, patternsOf } from './segment.js';
import { settingsOf } from './specs.js';
import { isVersionName } from './versions.js';

type Name = HandlerName | RefusedName;

/** Applies SPEC §2.2 and §2.3 to a scanned tree: fills the scene with functions, claims, homes and diagnostics. */
export function visitTree(tree: Folder, scene: Scene): void {
  new TreeVisitor(scene).run(tree);
}

class TreeVisitor {
  /** Entries of functions above that lie in a subfolder: they are no routes of their own. */
  private readonly taken = new Set<string>();
  private readonly disabled = new Map<Runtime, string[]>();
  private readonly fileSettings = new Map<string, () => FileSettings>();
  private readonly manifests: Folder[] = [];

  constructor(private readonly scene: Scene) {}

  run(tree: Folder): void {
    this.visit(tree, {
      segments: [],
      inherited: { layers: [], env: EMPTY_ENV, problems: [] },
      mixed: false,
      owner: null,
      grouped: null,
      ownFolder: tree.path,
    });
    // After the tree: a manifest may name files that are functions by themselves already.
    for (const folder of this.manifests) claimManifest(folder, (path) => this.settingsAt(path), this.scene);
    for (const [runtime, files] of this.disabled) {
      const more = files.length > 1 ? ` (and ${files.length - 1} more)` : '';
      const message = `It is left out${more}: the runtime ${runtime} is switched off.`;
      this.scene.diagnostics.push(diagnose('runtime_disabled', files[0]!, message));
    }
  }

  private visit(folder: Folder, outer: Context): void {
    const names = this.parseNames(folder);
    const place = this.enterGroup(this.read(folder, outer), names);
    const { context, config, explicit, here } = place;
    if (folder.hasRoutes) this.manifests.push(folder);
    if (folder.hasRoutes && folder.rel !== '') {
      this.visitDescribed(place);
      return;
    }

    this.notePrivatePaths(place);
    const entry = this.entryOf(place);
    const single = entry !== null && this.isSingle(place, entry, names);
    const owner = single ? this.createOwner(place, entry) : null;
    if (explicit && !single) {
      const message = 'It names a function, but the folder has no handler for it.';
      this.scene.diagnostics.push(diagnose('no_handler', joinRel(folder.rel, CONFIG_FILE), message));
    }

    // An explicit config is for its function alone; any other is an overlay.
    const overlay = explicit && single ? [] : [inheritable(config)];
    const fileLayers = [...(single ? overlay : [withoutIdentity(config)]), ...here.layers];
    this.rememberSettings(place, fileLayers);

    const mixed = outer.mixed || single;
    const segments = single && entry.grouped ? context.grouped!.segments : context.segments;
    const routes = this.routesAmong(folder, names, mixed, entry, single);
    if (routes.length > 0) {
      const { settings } = this.settingsAt(folder.path);
      createFileFunctions(place, routes, segments, settings, this.scene);
    }

    const inherited = { ...here, layers: [...overlay, ...here.layers] };
    this.visitBelow(folder, { ...context, segments, mixed, owner, inherited });
  }

  /** A nested folder with a `fn.routes.json`: nothing in or below it is a route but what that file says. */
  private visitDescribed(place: Place): void {
    const { folder, context, config, explicit, here } = place;
    if (explicit) {
      const message = 'The keys that name a function have no effect beside or below a fn.routes.json.';
      this.scene.diagnostics.push(diagnose('config_identity_ignored', joinRel(folder.rel, CONFIG_FILE), message));
    }
    this.rememberSettings(place, [withoutIdentity(config), ...here.layers]);
    const inherited = { ...here, layers: [inheritable(config), ...here.layers] };
    for (const child of folder.folders) this.visitDescribed(this.read(child, below(child, { ...context, inherited })));
  }

  private visitBelow(folder: Folder, context: Context): void {
    for (const child of folder.folders) this.visit(child, below(child, context));
  }

  private read(folder: Folder, context: Context): Place {
    const { reader, diagnostics } = this.scene;
    const problems = [...context.inherited.problems];
    let config: FunctionConfig = {};
    let env = context.inherited.env;
    if (folder.hasConfig) {
      const read = reader.functionConfig(`${folder.path}/${CONFIG_FILE}`);
      diagnostics.push(...read.diagnostics);
      if (read.value === null) problems.push(...faults(read.diagnostics));
      else config = read.value;
      this.declareHome(folder, config, context);
    }
    if (folder.hasEnv) {
      const read = reader.envFile(`${folder.path}/${ENV_FILE}`);
      diagnostics.push(...read.diagnostics);
      if (read.value === null) problems.push(...faults(read.diagnostics));
      else env = extendEnv(env, read.value);
    }
    const here = { layers: context.inherited.layers, env, problems };
    return { folder, context, config, explicit: isExplicit(config), here };
  }

  private declareHome(folder: Folder, { home }: FunctionConfig, context: Context): void {
    const patterns = patternsOf(context.segments);
    if (home === undefined || folder.rel === '' || isProblem(patterns)) return;
    this.scene.homes.push({ pattern: patterns[0]!, home, source: joinRel(folder.rel, CONFIG_FILE) });
  }

  private parseNames(folder: Folder): Name[] {
    const names: Name[] = [];
    for (const file of folder.files) {
      const name = parseFileName(file);
      if (name !== null && !this.taken.has(`${folder.path}/${file}`)) names.push(name);
    }
    return names;
  }

  /** `_shared.js` in `/users` is no user called "_shared". Only where the URL is fixed: below a parameter there is no one URL. */
  private notePrivatePaths({ folder, context }: Place): void {
    const prefix = patternsOf(context.segments);
    if (isProblem(prefix) || context.segments.some((segment) => segment.kind !== 'static')) return;
    const base = prefix[0] === '/' ? '' : prefix[0];
    for (const file of folder.files) {
      if (file.startsWith('_') && runtimeOf(file) !== null) {
        this.scene.privatePaths.push(`${base}/${file.slice(0, file.lastIndexOf('.'))}`);
      }
    }
  }

  private enterGroup(place: Place, names: readonly Name[]): Place {
    const { folder, context, explicit } = place;
    const isBelowRoot = folder.rel !== '' && !folder.rel.includes('/');
    if (!isBelowRoot || context.mixed) return place;
    const runtime = groupedRuntime(folder, names, explicit);
    if (runtime === null) return place;
    const grouped: Grouped = { runtime, names: [], segments: [] };
    return { ...place, context: { ...context, grouped } };
  }

  private entryOf({ folder, context, config }: Place): FolderEntry | null {
    const { runtimes, disk, diagnostics } = this.scene;
    const isVersion = context.owner !== null && isVersionName(folder.name);
    const files = folder.files.filter((file) => !this.taken.has(`${folder.path}/${file}`));
    const entry = findEntry(
      {
        folder,
        files,
        config,
        inheritedEntrypoint: isVersion ? context.owner?.entrypoint : undefined,
        grouped: context.grouped?.runtime ?? null,
        runtimes,
        disk,
      },
      diagnostics,
    );
    if (entry !== null) this.taken.add(entry.path);
    return entry;
  }

  /** Whether the entry makes the folder one function; always, but for a front page at the root of a tree. */
  private isSingle(place: Place, entry: FolderEntry, names: readonly Name[]): boolean {
    const { folder, config, explicit } = place;
    if (folder.rel !== '') return true;
    const entryFile = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    const lost = new Set([entryFile, ...entry.ignored.map((ignored) => ignored.file)]);
    const others = names.filter((name) => !lost.has(name.file));
    const hasOtherRoutes =
      others.length > 0 || folder.folders.some((child) => !isVersionName(child.name) && holdsHandlers(child));
    const single = rootIsFunction(entryFile, config, explicit, hasOtherRoutes);
    const hidden = single ? others.filter((name) => isProblem(name) || !name.explicit) : [];
    if (hidden.length > 0) {
      const message = `The root folder is one function, so these files are private: ${hidden.map((name) => name.file).join(', ')}.`;
      this.scene.diagnostics.push(diagnose('root_is_function', entryFile, message));
    }
    return single;
  }

  private createOwner(place: Place, entry: FolderEntry): Owner | null {
    if (this.scene.runtimes.includes(entry.runtime)) return createFolderFunction(place, entry, this.scene);
    this.leaveOut(entry.runtime, entry.path.slice(this.scene.root.length + 1));
    return null;
  }

  /** The files that are routes by their own names. SPEC §2.2. */
  private routesAmong(
    folder: Folder,
    names: readonly Name[],
    mixed: boolean,
    entry: FolderEntry | null,
    single: boolean,
  ): HandlerName[] {
    const lost = new Set(entry?.ignored.map((ignored) => ignored.file));
    const routes: HandlerName[] = [];
    for (const name of names) {
      const path = `${folder.path}/${name.file}`;
      if (lost.has(name.file) || (single && path === entry?.path)) continue;
      if (isProblem(name)) {
        // Names that could be no route here anyway are no one's mistake.
        if (mixed && name.problem === 'empty_name') continue;
        const message = `The file is ignored: ${name.reason}.`;
        this.scene.diagnostics.push(diagnose(name.problem, joinRel(folder.rel, name.file), message));
        continue;
      }
      if (mixed && !name.explicit) continue;
      if (single && name.standsForFolder) continue;
      if (this.scene.runtimes.includes(name.runtime)) routes.push(name);
      else this.leaveOut(name.runtime, joinRel(folder.rel, name.file));
    }
    return routes;
  }

  private leaveOut(runtime: Runtime, file: string): void {
    const files = this.disabled.get(runtime);
    if (files === undefined) this.disabled.set(runtime, [file]);
    else files.push(file);
  }

  private rememberSettings({ folder, context, here }: Place, layers: readonly FunctionConfig[]): void {
    let made: FileSettings | undefined;
    this.fileSettings.set(folder.path, () => {
      made ??= { settings: settingsOf(layers, here, this.scene.policyDefaults), ownFolder: context.ownFolder };
      return made;
    });
  }

  /** Of the folder, or of the nearest one above that was scanned (a manifest may name a file in `src/`). */
  private settingsAt(folder: string): FileSettings {
    for (let path = folder; ; path = dirname(path)) {
      const found = this.fileSettings.get(path);
      if (found !== undefined) return found();
    }
  }
}

function below(child: Folder, context: Context): Context {
  const segment = child.segment!;
  const { grouped } = context;
  return {
    ...context,
    segments: [...context.segments, segment],
    grouped: grouped && {
      runtime: grouped.runtime,
      names: [...grouped.names, child.name],
      segments: [...grouped.segments, segment],
    },
    ownFolder: segment.kind === 'static' ? child.path : context.ownFolder,
  };
}

function holdsHandlers(folder: Folder): boolean {
  return folder.hasRoutes || folder.files.some((file) => !isPrivateName(file)) || folder.folders.some(holdsHandlers);
}

/** What is wrong with a file that was refused. */
function faults(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
}
