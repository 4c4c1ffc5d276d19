import { type ExecFileException, execFile } from 'node:child_process';
import type { ToolStatus } from '@fastfn/core';

const OLDEST = [8, 1] as const;
const PROBE_TIMEOUT_MS = 5000;
const HINT =
  'Install PHP 8.1 or newer: apt install php-cli (Debian, Ubuntu), brew install php (macOS), or set FN_PHP_BIN to its path.';

/** Extensions that a worker cannot do without. All are part of a usual PHP; some distributions pack them apart. */
const NEEDED = ['json', 'pcre', 'posix', 'tokenizer'] as const;

const PROBE = [
  '-r',
  `echo PHP_VERSION, "|", PHP_SAPI, "|", PHP_BINARY, "|",
    implode(" ", array_diff(${JSON.stringify(NEEDED)}, array_map("strtolower", get_loaded_extensions())));`,
];

/** Whether `bin` is a PHP that can be used. Never throws. */
export function findPhp(bin: string, env: Readonly<Record<string, string | undefined>>): Promise<ToolStatus> {
  return new Promise((resolve) => {
    const refuse = (reason: string, hint = HINT) => resolve({ ok: false, reason, hint });
    execFile(bin, PROBE, { env, timeout: PROBE_TIMEOUT_MS, encoding: 'utf8' }, (error, stdout) => {
      if (error !== null) {
        refuse(whyNot(bin, error));
        return;
      }
      const match = /(?:^|\n)((\d+)\.(\d+)\.\d+)[^|\n]*\|([^|]*)\|([^|]*)\|(.*)$/.exec(stdout);
      if (match === null) {
        refuse(`${bin} does not answer like a PHP interpreter.`);
        return;
      }
      const [, version, major, minor, sapi, path, missing] = match as unknown as string[];
      if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
        refuse(`${bin} is PHP ${version}; FastFN needs ${OLDEST.join('.')} or newer.`);
      } else if (sapi !== 'cli') {
        refuse(`${bin} is PHP for "${sapi}"; FastFN needs the command line version.`);
      } else if (missing !== '') {
        const packages = missing!.split(' ').join(', ');
        refuse(`${bin} lacks the extensions ${packages}.`, `Install them for PHP ${version}, or set FN_PHP_BIN.`);
      } else {
        resolve({ ok: true, path: path || bin, version: version! });
      }
    });
  });
}

function whyNot(bin: string, error: ExecFileException): string {
  if (error.code === 'ENOENT') return bin.includes('/') ? `${bin} does not exist.` : `${bin} was not found on PATH.`;
  if (error.killed) return `${bin} did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`;
  if (error.code === 'EACCES') return `${bin} may not be executed.`;
  return `${bin} cannot be run: ${error.message.split('\n')[0]}`;
}
