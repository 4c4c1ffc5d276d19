import { execFile, spawnSync } from 'node:child_process';
import { Unavailable } from './unavailable.mjs';

/**
 * @param {string} name
 * @returns {string | null} absolute path of a program on PATH
 */
export function findTool(name) {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', `command -v "$1"`, 'sh', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/**
 * First line that a program prints about its version; many print it to stderr.
 * @param {string} command
 * @param {...string} args
 */
export function versionOf(command, ...args) {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
  if (error) return null;
  return `${stdout}${stderr}`.trim().split('\n')[0] || null;
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal, timeoutMs?: number }} [options]
 * @returns {Promise<string>} what it printed to stdout
 * @throws Unavailable with its last lines when it fails
 */
export function run(command, args, { cwd, env, signal, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, signal, timeout: timeoutMs, maxBuffer: 64 << 20 };
    execFile(command, [...args], { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n');
      reject(new Unavailable(`${command} ${args.join(' ')}: ${last || error.message}`, { cause: error }));
    });
  });
}
