import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { versionOf } from './tools.mjs';

/**
 * Where and when figures were taken: absolute ones mean nothing without it.
 *
 * @typedef {{ date: string, cpu: string, cores: number, memoryGiB: number, system: string, load: number[],
 *             node: string, python: string | null, fastfn: string | null, commit: string | null }} Machine
 */

/**
 * @param {{ cli: string, root: string }} paths the measured command, and the checkout it belongs to
 * @returns {Machine}
 */
export function describeMachine({ cli, root }) {
  const changed = versionOf(
    'git',
    '-C',
    root,
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--',
    'packages',
    'apps',
  );
  const commit = versionOf('git', '-C', root, 'rev-parse', '--short', 'HEAD');
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, ${type()} ${release()} ${arch()}`,
    load: loadavg().map((value) => Math.round(value * 100) / 100),
    node: process.version,
    python: versionOf('python3', '--version')?.replace('Python ', '') ?? null,
    fastfn: versionOf(process.execPath, cli, 'version')?.replace('FastFN ', '') ?? null,
    commit: commit && /^[0-9a-f]{7,}$/.test(commit) ? `${commit}${changed ? ' with changes' : ''}` : null,
  };
}

function distribution() {
  try {
    return readFileSync('/etc/os-release', 'utf8').match(/^PRETTY_NAME="?(.*?)"?$/m)?.[1] ?? 'Linux';
  } catch {
    return process.platform === 'darwin' ? 'macOS' : process.platform;
  }
}
