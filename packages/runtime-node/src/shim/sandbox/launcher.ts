import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CAP_SYS_ADMIN = 21n;

/** Long for a program that does nothing; then this way is not for us. */
const PROBE_MS = 2000;

/** Node has threads from its first moment, and a process that has cannot enter a user namespace: `unshare` does, then becomes Node. */
const LAUNCHER = ['unshare', '--user', '--map-current-user', '--mount', '--keep-caps', '--'] as const;

let launcher: readonly string[] | null = null;

/** Whether this process may make mounts of its own as it is. */
export function mayMount(): boolean {
  if (process.platform !== 'linux') return false;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** What to put before the command of a worker so that it may make mounts of its own; empty: nothing helps, or none is needed. */
export function mountLauncher(): readonly string[] {
  launcher ??= mayMount() || process.platform !== 'linux' || !works() ? [] : LAUNCHER;
  return launcher;
}

function works(): boolean {
  const [command, ...args] = LAUNCHER;
  return spawnSync(command, [...args, 'true'], { stdio: 'ignore', timeout: PROBE_MS }).status === 0;
}
