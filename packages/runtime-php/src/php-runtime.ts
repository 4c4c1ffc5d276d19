import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { PhpDependencies } from './dependencies/php-dependencies.js';
import { findPhp } from './find-php.js';

export interface PhpRuntimeOptions {
  /** Path or name of the interpreter (`FN_PHP_BIN`); default: `php` on PATH. */
  readonly bin?: string;
  /** Environment of the daemon, over the one it gets anyway; also decides, with its PATH, which interpreter is found. */
  readonly env?: Readonly<Record<string, string>>;
  /** Path or name of Composer (`FN_COMPOSER_BIN`), or of its `.phar`; default: `composer` on PATH. */
  readonly composer?: string;
  /** Environment of Composer, where what begins with `FN_` is left out; default: our own. */
  readonly toolEnv?: NodeJS.ProcessEnv;
  /** `FN_AUTO_PHP_DEPS`: whether Composer may be run by itself; default true. */
  readonly install?: boolean;
  /** Time limit of an installation, ms; default 180 s. */
  readonly installTimeoutMs?: number;
}

const SHIM = fileURLToPath(new URL('../shim/fastfn_php.php', import.meta.url));

/**
 * Over php.ini. PHP is to say what is wrong in the log and never in an answer, to begin nothing by itself, and to keep what
 * it compiled where all workers find it, looking at each file's time before it is believed.
 */
const SETTINGS = {
  display_errors: '0',
  log_errors: '1',
  error_log: '',
  html_errors: '0',
  output_buffering: '0',
  max_execution_time: '0',
  auto_prepend_file: '',
  auto_append_file: '',
  'opcache.enable_cli': '1',
  'opcache.validate_timestamps': '1',
  'opcache.revalidate_freq': '0',
};

/**
 * PHP leaves its standard streams open to be replaced, as forked workers need it, only when it reads the program from
 * stdin: so the shell opens the program as stdin, and what was stdin, the lifeline, becomes file descriptor 3.
 */
const LAUNCH = 'exec "$@" 3<&0 <"$0"';

/** The host half of PHP: finds an interpreter, installs dependencies, says how to start the daemon. */
export function createPhpRuntime(options: PhpRuntimeOptions = {}): RuntimeAdapter {
  const { bin, env = {}, toolEnv = process.env, composer = 'composer', install = true } = options;
  let interpreter: string | null = null;
  let dependencies: PhpDependencies | null = null;

  async function detect() {
    const status = await findPhp(bin ?? 'php', { ...process.env, ...env });
    if (status.ok) {
      interpreter = status.path;
      dependencies ??= new PhpDependencies({
        composer,
        php: status.path,
        version: status.version,
        install,
        env: { ...withoutOurs(toolEnv), ...env },
        timeoutMs: options.installTimeoutMs,
      });
    }
    return status;
  }

  return {
    runtime: 'php',
    defaultConcurrency: 1,
    detect,
    daemonCommand({ socket }) {
      const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
      const program = [interpreter ?? bin ?? 'php', ...settings, '--', SHIM, '--socket', socket];
      return { command: '/bin/sh', args: ['-c', LAUNCH, SHIM, ...program], env };
    },
    async prepare(fn, prepareOptions) {
      if (dependencies === null) await detect();
      if (dependencies === null) return { entry: fn.entry, env: {}, readPaths: [] };
      return dependencies.prepare(fn, prepareOptions);
    },
    async close() {
      await dependencies?.close();
    },
  };
}

/** The user's own settings of Composer, proxies and certificates; nothing of ours, tokens above all. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FN_')));
}
