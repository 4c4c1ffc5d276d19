import { type Diagnostic, type FunctionConfig, RUNTIMES, type Runtime } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { chooseDefaultEntry, type DefaultEntry } from './folder-shape.js';
import { joinRel } from './names.js';
import { resolveTarget } from './routes-file.js';
import { CONFIG_FILE, type Disk, type Folder } from './scan.js';

/** The one handler of a single-entry folder. */
export interface FolderEntry {
  /** Absolute. */
  readonly path: string;
  readonly runtime: Runtime;
  /** Found by the rules of the runtime-grouped layout. */
  readonly grouped: boolean;
  /** Default entries that lost to it, and so are no routes. */
  readonly ignored: readonly DefaultEntry[];
}

export interface EntryQuestion {
  readonly folder: Folder;
  /** File names that may be default entries. */
  readonly files: readonly string[];
  /** The folder's own config. */
  readonly config: FunctionConfig;
  /** `entrypoint` of the function whose version this may be: taken where the file exists. */
  readonly inheritedEntrypoint: string | undefined;
  /** The runtime of the group, in the runtime-grouped layout. */
  readonly grouped: Runtime | null;
  /** Enabled ones, in order. */
  readonly runtimes: readonly Runtime[];
  readonly disk: Disk;
}

const CODES = { missing: 'entrypoint_missing', outside: 'entrypoint_outside' } as const;

/**
 * Finds the entry of a folder: its `entrypoint` where that exists, else a default entry; null when it has none. An
 * entrypoint that cannot be used is told, and the default entries are looked at instead. SPEC §2.2-2.
 */
export function findEntry(question: EntryQuestion, diagnostics: Diagnostic[]): FolderEntry | null {
  const { folder, files, config, inheritedEntrypoint, grouped, disk } = question;
  const configFile = joinRel(folder.rel, CONFIG_FILE);
  if (config.entrypoint !== undefined) {
    const target = resolveTarget(folder, config.entrypoint, disk, CODES);
    if (target.ok) {
      if (config.runtime !== undefined && config.runtime !== target.runtime) {
        const message = `\`runtime\` says ${config.runtime}, but "${config.entrypoint}" is run by ${target.runtime}.`;
        diagnostics.push(diagnose('runtime_mismatch', configFile, message, { key: 'runtime' }));
      }
      return { path: target.entry, runtime: target.runtime, grouped: grouped === target.runtime, ignored: [] };
    }
    const message = `The entrypoint is passed over: ${target.reason}.`;
    diagnostics.push(diagnose(target.code, configFile, message, { key: 'entrypoint' }));
  } else if (inheritedEntrypoint !== undefined) {
    const target = resolveTarget(folder, inheritedEntrypoint, disk, CODES);
    if (target.ok) {
      return { path: target.entry, runtime: target.runtime, grouped: grouped === target.runtime, ignored: [] };
    }
  }

  const allowed = config.runtime === undefined ? question.runtimes : [config.runtime];
  const inGroup = grouped !== null && allowed.includes(grouped) ? chooseDefaultEntry(files, [grouped]) : null;
  // An entry of a runtime that is switched off still makes its folder one function: its helpers must not become routes.
  const choice = inGroup ?? chooseDefaultEntry(files, allowed) ?? chooseDefaultEntry(files, switchedOff(question));
  if (choice === null) return null;
  const { entry, ignored } = choice;
  for (const loser of ignored) {
    const why =
      loser.runtime === entry.runtime
        ? `"${entry.file}" comes before it`
        : `${entry.runtime} ("${entry.file}") comes before ${loser.runtime}`;
    const message = `It is ignored: the folder is one function, and ${why}.`;
    diagnostics.push(diagnose('several_entries', joinRel(folder.rel, loser.file), message));
  }
  const path = `${folder.path}/${entry.file}`;
  return { path, runtime: entry.runtime, grouped: inGroup !== null, ignored };
}

function switchedOff({ config, runtimes }: EntryQuestion): Runtime[] {
  return config.runtime === undefined ? RUNTIMES.filter((runtime) => !runtimes.includes(runtime)) : [];
}
