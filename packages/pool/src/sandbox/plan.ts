import type { SandboxPaths } from '@fastfn/protocol';
import { around, isWithin, type List, topmost } from './paths.js';
import { SYSTEM_WRITE } from './system-paths.js';
import type { RootTree } from './tree.js';

/** What the reach of one worker follows from. Real paths. */
export interface SandboxFacts {
  readonly root: string;
  /** Of the handler: its settings, and those of all folders above, are the function's own. */
  readonly folder: string;
  readonly ownFolder: string;
  /** With the settings in private folders left out of `privates`. */
  readonly tree: RootTree;
  /** Own folders of the other functions. */
  readonly others: readonly string[];
  /** Nobody's: the state folder, `.env`, `.git`. */
  readonly guarded: readonly string[];
  /** Dependencies, imports, system libraries. */
  readonly read: readonly string[];
  /** `FN_STRICT_FS_ALLOW`. */
  readonly allow: readonly string[];
  readonly tmp: string;
}

/** The path lists of START. PROTOCOL.md §6. */
export interface SandboxPlan extends SandboxPaths {
  readonly hide: readonly string[];
  readonly unhidden: SandboxPaths | null;
}

/**
 * Where hiding is impossible, what is not the function's is left out of its own folder, entry by entry; its own settings
 * are not, since their values are in its environment anyway, and it would pay with what it makes later in that folder.
 *
 * @param list reads the disk
 */
export function planSandbox(facts: SandboxFacts, list: List): SandboxPlan {
  const { root, folder, ownFolder, tree, guarded, allow, tmp } = facts;
  const beneath = (path: string): boolean => path !== ownFolder && isWithin(path, ownFolder);

  const { privates } = tree;

  const read = topmost([...facts.read, ...privates].filter((path) => !isWithin(path, ownFolder)));
  const write = topmost([ownFolder, tmp, ...allow, ...SYSTEM_WRITE]);

  const settings = tree.settings.filter(beneath);
  const ownSettings = settings.filter((path) => isWithin(folder, parentOf(path)));
  const foreign = topmost([
    ...facts.others.filter(beneath),
    ...settings.filter((path) => !ownSettings.includes(path)),
    ...guarded.filter(beneath),
  ]);
  // A folder of somebody else may hold what this function may load.
  const kept = [...facts.read, ...privates, ...allow].filter(beneath);
  const hide = [...foreign.flatMap((path) => around(path, kept, list)), ...ownSettings];
  const unhidden =
    foreign.length === 0
      ? null
      : {
          read: topmost([...read, ...kept]),
          list: [root],
          write: topmost([...around(ownFolder, foreign, list), tmp, ...allow, ...SYSTEM_WRITE]),
        };
  return { read, list: [root], write, hide, unhidden };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
