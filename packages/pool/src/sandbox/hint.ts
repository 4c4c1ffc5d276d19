import type { DebugInfo } from '@fastfn/protocol';

/** How the languages say that the system refused something. */
const REFUSED =
  /\b(?:EACCES|EPERM|PermissionError|permission denied|operation not permitted|os error 1(?:3)?\b|failed to open stream: Permission)/i;

const HINT =
  'strict_fs lets a function reach its own folder, its dependencies and its TMPDIR only, and start no programs. If this is what was refused: name the path in FN_STRICT_FS_ALLOW, or set "strict_fs": false in its fn.config.json (docs/guide/sandbox.md).';

/** What to tell the developer of a failure that the sandbox may be behind; null when it is surely not. */
export function sandboxHint(strict: boolean, message: string, debug: DebugInfo | null | undefined): string | null {
  return strict && REFUSED.test(`${debug?.type ?? ''} ${debug?.message ?? ''} ${message}`) ? HINT : null;
}
