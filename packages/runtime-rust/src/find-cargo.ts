import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ToolStatus } from '@fastfn/core';

const OLDEST = [1, 63] as const;
const PROBE_TIMEOUT_MS = 10_000;
const HINT =
  'Install Rust 1.63 or newer: https://rustup.rs, apt install cargo (Debian, Ubuntu; cargo-web on Debian 12), brew install rust (macOS), or set FN_CARGO_BIN to the path of cargo.';

type Env = Readonly<Record<string, string | undefined>>;

/** A usable cargo, and the exact words of its compiler: binaries of another one are not taken over. */
export type FoundCargo = ToolStatus & { readonly rustc?: string };

/** Never throws. */
export async function findCargo(bin: string, env: Env): Promise<FoundCargo> {
  const cargo = await probe(bin, env);
  if (!cargo.ok) return { ok: false, reason: cargo.reason, hint: HINT };
  if (!cargo.output.startsWith('cargo ')) {
    return { ok: false, reason: `${bin} does not answer like cargo.`, hint: HINT };
  }
  const compiler = compilerOf(bin, env);
  const rustc = await probe(compiler, env);
  if (!rustc.ok) return { ok: false, reason: rustc.reason, hint: HINT };
  const match = /^rustc (\d+)\.(\d+)\.(\S+)/.exec(rustc.output);
  if (match === null) return { ok: false, reason: `${compiler} does not answer like rustc.`, hint: HINT };
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = `${major}.${minor}.${match[3]}`;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    const reason = `${compiler} is Rust ${version}; FastFN needs ${OLDEST.join('.')} or newer.`;
    return { ok: false, reason, hint: HINT };
  }
  return { ok: true, path: bin, version, rustc: rustc.output.trim() };
}

/** The rustc that this cargo calls: the one that is named, the one beside it, or that of the PATH. */
function compilerOf(cargo: string, env: Env): string {
  if (env.RUSTC) return env.RUSTC;
  const beside = join(dirname(cargo), 'rustc');
  return cargo.includes('/') && existsSync(beside) ? beside : 'rustc';
}

type Probe = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string };

function probe(candidate: string, env: Env): Promise<Probe> {
  return new Promise((resolve) => {
    execFile(candidate, ['--version'], { env, timeout: PROBE_TIMEOUT_MS, encoding: 'utf8' }, (error, stdout) => {
      if (error === null) resolve({ ok: true, output: stdout });
      else resolve({ ok: false, reason: whyNot(candidate, error) });
    });
  });
}

function whyNot(candidate: string, error: ExecFileException): string {
  if (error.code === 'ENOENT') {
    return candidate.includes('/') ? `${candidate} does not exist.` : `${candidate} was not found on PATH.`;
  }
  if (error.killed) return `${candidate} did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`;
  if (error.code === 'EACCES') return `${candidate} may not be executed.`;
  return `${candidate} cannot be run: ${error.message.trim().split('\n').at(-1)}`;
}
