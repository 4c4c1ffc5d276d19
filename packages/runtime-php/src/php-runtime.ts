import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { findPhp } from './find-php.js';

export interface PhpRuntimeOptions {
  /** Path or name of the interpreter (`FN_PHP_BIN`); default: `php` on PATH. */
  readonly bin?: string;
  /** Environment of the daemon, over the one it gets anyway; also decides, with its PATH, which interpreter is found. */
  readonly env?: Readonly<Record<string, string>>;
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

/** The host half of PHP: finds an interpreter and says how to start the daemon on it. */
export function createPhpRuntime({ bin, env = {} }: PhpRuntimeOptions = {}): RuntimeAdapter {
  let interpreter: string | null = null;
  return {
    runtime: 'php',
    defaultConcurrency: 1,
    async detect() {
      const status = await findPhp(bin ?? 'php', { ...process.env, ...env });
      if (status.ok) interpreter = status.path;
      return status;
    },
    daemonCommand({ socket }) {
      const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
      const program = [interpreter ?? bin ?? 'php', ...settings, '--', SHIM, '--socket', socket];
      return { command: '/bin/sh', args: ['-c', LAUNCH, SHIM, ...program], env };
    },
  };
}
