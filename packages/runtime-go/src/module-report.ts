import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { type BuildReport, contentHash, type Owner, ownerFolder } from '@fastfn/dependencies';

const MANIFEST = 'go.mod';
const LOCK = 'go.sum';

/** Modules of ours that every build requires. */
const OURS = new Set(['github.com/fastfn/fastfn/go', '0.fastfn']);

/** The go.mod that a handler is built with, and what goes by the name of its dependencies. */
export interface ModuleOwner extends Owner {
  /** Absolute; it need not exist. */
  readonly lock: string;
  /** As they are now. */
  readonly report: Pick<BuildReport, 'manifest' | 'lock' | 'hash'>;
}

/** The nearest go.mod, from the handler's folder up to root. */
export function moduleOwner(fn: FunctionSpec, goVersion: string): ModuleOwner {
  const owner = ownerFolder(fn, MANIFEST);
  const lock = join(owner.folder, LOCK);
  const hash = contentHash({ go: goVersion }, [owner.manifest, lock]);
  return { ...owner, lock, report: { manifest: MANIFEST, lock: existsSync(lock) ? LOCK : null, hash } };
}

/** The modules of a build: `resolved` as `path@v1.2.3`, and of those what the code imports and the user's go.mod lacks. */
export function modulesOf(
  built: string,
  manifest: string,
): { readonly resolved: readonly string[]; readonly inferred: readonly string[] } {
  const declared = new Set(requirements(readOrEmpty(manifest)).map(({ path }) => path));
  const all = requirements(readOrEmpty(built)).filter(({ path }) => !OURS.has(path));
  const inferred = all.filter(({ path, indirect }) => !indirect && !declared.has(path));
  return { resolved: all.map(named).sort(), inferred: inferred.map(named).sort() };
}

interface Requirement {
  readonly path: string;
  readonly version: string;
  readonly indirect: boolean;
}

function named({ path, version }: Requirement): string {
  return `${path}@${version}`;
}

/** `require a v1` and `require ( … )` of a go.mod. */
function requirements(text: string): Requirement[] {
  const found: Requirement[] = [];
  let block: string | null = null;
  for (const line of text.split('\n')) {
    const [code = '', comment = ''] = line.split(/\/\/(.*)/);
    const words = code.trim().split(/\s+/);
    if (block === null && words.at(-1) === '(') block = words[0]!;
    else if (block !== null && words[0] === ')') block = null;
    else {
      const [path, version] =
        block === 'require' ? words : block === null && words[0] === 'require' ? words.slice(1) : [];
      if (path === undefined || version === undefined) continue;
      found.push({ path: path.replace(/["`]/g, ''), version, indirect: /^\s*indirect\b/.test(comment) });
    }
  }
  return found;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
