import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DaemonCommand } from '@fastfn/core';
import { hashText } from './build-record.js';
import { SHIM } from './shim.js';

export interface DaemonCommandOptions {
  readonly socket: string;
  readonly cargo: string;
  /** Undefined: the user's cache folder. */
  readonly cacheDir: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** e.g. `Rust 1.95.0`, for HELLO. */
  readonly tool: string;
  /** Compiler and shim. */
  readonly toolKey: string;
}

/** Builds the daemon when it is not there and becomes it. It has no dependencies: a second, once per version. */
const BUILD_AND_RUN = `set -e
bin=$1 cargo=$2 manifest=$3 target=$4 FASTFN_TOOL=$5
shift 5
export FASTFN_TOOL
if [ ! -x "$bin" ]; then
  "$cargo" build --quiet --locked --manifest-path "$manifest" --target-dir "$target" >&2
  cp "$target/debug/fastfn-rust-daemon" "$bin.$$"
  mv -f "$bin.$$" "$bin"
fi
exec "$bin" "$@"`;

export function daemonCommand({ socket, cargo, cacheDir, env, tool, toolKey }: DaemonCommandOptions): DaemonCommand {
  const folder = cacheDir ?? userCache({ ...process.env, ...env });
  const bin = join(folder, `daemon-${hashText(toolKey).slice(0, 16)}`);
  if (existsSync(bin)) return { command: bin, args: ['--socket', socket], env };
  mkdirSync(folder, { recursive: true });
  return {
    command: '/bin/sh',
    args: [
      ...['-c', BUILD_AND_RUN, 'fastfn-rust-daemon'],
      ...[bin, cargo, join(SHIM, 'daemon', 'Cargo.toml'), join(folder, 'daemon-target'), tool],
      ...['--socket', socket],
    ],
    env,
  };
}

/** A folder of this user alone: a program is run from there. */
function userCache(env: NodeJS.ProcessEnv): string {
  const usual = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fastfn', 'rust');
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
    return usual;
  } catch {
    // No home, or a read-only one.
  }
  const uid = process.getuid?.() ?? 0;
  const own = join(tmpdir(), `fastfn-rust-${uid}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = statSync(own);
  if (owner !== uid || (mode & 0o022) !== 0) {
    throw new Error(`${own} belongs to somebody else, and ${usual} cannot be written: set XDG_CACHE_HOME.`);
  }
  return own;
}
