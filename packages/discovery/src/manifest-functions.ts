import { diagnose } from './diagnostics.js';
import { joinRel, withoutExtension } from './names.js';
import { checkPattern } from './route-pattern.js';
import { resolveTarget } from './routes-file.js';
import { type Folder, ROUTES_FILE } from './scan.js';
import { ANY_HOST, DEFAULT_VERSION, type Scene } from './scene.js';
import type { Settings } from './specs.js';

const CODES = { missing: 'target_missing', outside: 'target_outside' } as const;

/** How functions made of loose files in a folder are set. */
export interface FileSettings {
  readonly settings: Settings;
  readonly ownFolder: string;
}

/**
 * Makes the functions and claims of a `fn.routes.json`. A target that is a function already (found by its name, or
 * named twice) stays that function. SPEC §2.3.
 * @param settingsAt for the folder of a target.
 */
export function claimManifest(folder: Folder, settingsAt: (folder: string) => FileSettings, scene: Scene): void {
  const source = joinRel(folder.rel, ROUTES_FILE);
  const read = scene.reader.routesFile(`${folder.path}/${ROUTES_FILE}`);
  scene.diagnostics.push(...read.diagnostics);
  for (const { methods, pattern, target, key } of read.value?.routes ?? []) {
    const checked = checkPattern(pattern);
    if (!checked.ok) {
      const { code, reason, fix } = checked;
      scene.diagnostics.push(
        diagnose(code, source, `The route "${key}" is refused: ${reason}.`, { key, ...(fix && { fix }) }),
      );
      continue;
    }
    const found = resolveTarget(folder, target, scene.disk, CODES);
    if (!found.ok) {
      const message = `The route "${key}" is refused: ${found.reason}.`;
      scene.diagnostics.push(diagnose(found.code, source, message, { key }));
      continue;
    }
    const { entry, runtime } = found;
    const file = entry.slice(scene.root.length + 1);
    if (!scene.runtimes.includes(runtime)) {
      const message = `The route "${key}" is left out: the runtime ${runtime} is switched off.`;
      scene.diagnostics.push(diagnose('runtime_disabled', source, message, { key }));
      continue;
    }
    const entryFolder = entry.slice(0, entry.lastIndexOf('/'));
    const { settings, ownFolder } = settingsAt(entryFolder);
    const fn =
      scene.specs.byEntry(entry) ??
      scene.specs.create({
        runtime,
        name: file,
        version: DEFAULT_VERSION,
        aliases: [withoutExtension(file)],
        folder: entryFolder,
        ownFolder,
        entry,
        source: file,
        settings,
      });
    const hosts = settings.config.invoke?.allowHosts ?? ANY_HOST;
    scene.claims.add({ pattern: checked.pattern, methods, hosts, fn, origin: 'manifest', source });
  }
}
