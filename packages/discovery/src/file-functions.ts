import { diagnose } from './diagnostics.js';
import type { HandlerName } from './file-name.js';
import { treeVersionPattern } from './folder-function.js';
import { joinRel, withoutExtension } from './names.js';
import { ANY_HOST, DEFAULT_VERSION, methodsOf, type Place, type Scene } from './scene.js';
import { isProblem, patternsOf, type Segment } from './segment.js';
import type { Settings } from './specs.js';

/** Makes one function per handler file of a folder, and claims its URL: method and path are in the name. SPEC §2.1. */
export function createFileFunctions(
  place: Place,
  names: readonly HandlerName[],
  base: readonly Segment[],
  settings: Settings,
  scene: Scene,
): void {
  const { folder, context } = place;
  const folderPatterns = patternsOf(base);
  const folderPattern = isProblem(folderPatterns) ? null : folderPatterns[0]!;
  const versionAlias = treeVersionPattern(place);
  const invoke = settings.config.invoke ?? {};
  const hosts = invoke.allowHosts ?? ANY_HOST;

  for (const name of names) {
    const source = joinRel(folder.rel, name.file);
    const patterns = patternsOf(name.segments.length === 0 ? base : [...base, ...name.segments]);
    if (isProblem(patterns)) {
      scene.diagnostics.push(diagnose(patterns.problem, source, `The file is ignored: ${patterns.reason}.`));
      continue;
    }
    const fn = scene.specs.create({
      runtime: name.runtime,
      name: source,
      version: DEFAULT_VERSION,
      aliases: [withoutExtension(source)],
      folder: folder.path,
      ownFolder: context.ownFolder,
      entry: `${folder.path}/${name.file}`,
      source,
      settings,
    });
    const methods = name.method === null ? methodsOf(invoke) : [name.method];
    for (const pattern of patterns) {
      scene.claims.add({ pattern, methods, hosts, fn, origin: 'file', source });
      if (versionAlias !== null && pattern === folderPattern) {
        scene.claims.add({ pattern: versionAlias, methods, hosts, fn, origin: 'version', source });
      }
    }
  }
}
