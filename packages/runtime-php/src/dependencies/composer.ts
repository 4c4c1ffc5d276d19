import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dependencyError, type InstallRun, type ToolResult, toolFailed } from '@fastfn/dependencies';

const HINT =
  'Install Composer: apt install composer (Debian, Ubuntu), brew install composer (macOS), or set FN_COMPOSER_BIN to its path.';

/** Lines that say how far it is. */
const PROGRESS = /^\s*- (?:Installing|Downloading|Upgrading|Removing) /;

/** What `composer install` says when composer.json asks for what the lock does not have. */
const STALE_LOCK =
  /lock file is not up to date|not present in the lock file|not in the lock file|lock file does not contain/i;

/** Where in Composer it went wrong, how to call it, and advice about PHP: none of it is about the packages. */
const NOISE = /^In \S+\.php line \d+:|^(?:install|update) \[--|operating significantly slower/;

const COMMON = ['--no-interaction', '--no-ansi', '--no-progress', '--prefer-dist', '--no-dev'];

export interface ComposerOptions {
  /** Path or name of composer, or of a `.phar`. */
  readonly composer: string;
  /** The PHP that runs handlers: packages must fit it. */
  readonly php: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/**
 * Installs what a folder's composer.json asks for: as the lock says while it fits, else with new versions for what changed.
 * Packages' plugins and scripts run, as they do by hand.
 * @param subject composer.json, relative to root, for messages
 * @throws FastFnError `dependency_failed`
 */
export async function installWithComposer(
  folder: string,
  subject: string,
  options: ComposerOptions,
  run: InstallRun,
): Promise<void> {
  run.progress(`installing ${subject} with composer`);
  let result = await composer('install', folder, options, run);
  if (!result.ok && STALE_LOCK.test(result.lines.join('\n'))) result = await composer('update', folder, options, run);
  run.signal.throwIfAborted();
  if (result.ok) return;
  if (result.spawnError === 'ENOENT') {
    throw dependencyError(
      `${subject} needs Composer, and ${options.composer} was not found. ${HINT}`,
      join(folder, 'composer.json'),
    );
  }
  const lines = result.lines.filter((line) => !NOISE.test(line));
  throw toolFailed({ subject, tool: 'composer install', said: tellingLine(lines) }, { ...result, lines });
}

/** The first reason it gives for packages that do not fit, or else its last word. */
function tellingLine(lines: readonly string[]): string | undefined {
  const reason = lines[lines.findIndex((line) => /^\s*Problem \d+/.test(line)) + 1];
  return (/^\s*- /.test(reason ?? '') ? reason : lines.at(-1))?.replace(/^\s*(?:- )?/, '');
}

function composer(
  command: string,
  folder: string,
  { composer: bin, php, env, timeoutMs }: ComposerOptions,
  run: InstallRun,
): Promise<ToolResult> {
  const isPhar = basename(bin).endsWith('.phar');
  return run.tool({
    command: isPhar ? php : bin,
    args: [...(isPhar ? [bin] : []), command, ...COMMON],
    cwd: folder,
    // In containers one is root, and is asked about it.
    // Messages are broken into lines of a terminal that nobody has.
    env: { COMPOSER_ALLOW_SUPERUSER: '1', COLUMNS: '1000', ...env },
    timeoutMs,
    onLine: (line) => {
      if (PROGRESS.test(line)) run.progress(line.trim().replace(/^- /, ''));
    },
  });
}

/** `name@version` of what is installed below `vendor`. */
export function installedByComposer(vendor: string): string[] {
  try {
    const list = JSON.parse(readFileSync(join(vendor, 'composer/installed.json'), 'utf8')) as {
      packages?: { name: string; version: string }[];
    };
    return (list.packages ?? []).map(({ name, version }) => `${name}@${version}`).sort();
  } catch {
    return [];
  }
}

/** The folder of packages that composer.json names. @throws FastFnError `dependency_failed` when it is no JSON object */
export function vendorFolder(manifest: string, subject: string): string {
  let config: { config?: { 'vendor-dir'?: unknown } } | null;
  try {
    config = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch (error) {
    throw dependencyError(`${subject} cannot be read: ${(error as Error).message}. Mend it and save.`, manifest, error);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw dependencyError(`${subject} is no JSON object. Mend it and save.`, manifest);
  const named = config.config?.['vendor-dir'];
  return join(manifest, '..', typeof named === 'string' && !named.startsWith('/') ? named : 'vendor');
}

export function hasAutoloader(vendor: string): boolean {
  return existsSync(join(vendor, 'autoload.php'));
}
