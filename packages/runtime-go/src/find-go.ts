import type { ToolStatus } from '@fastfn/core';
import { type RunResult, run } from './run.js';

const OLDEST = [1, 19] as const;
const PROBE_TIMEOUT_MS = 10_000;
const HINT =
  'Install Go 1.19 or newer: apt install golang (Debian, Ubuntu), brew install go (macOS), https://go.dev/dl, or set FN_GO_BIN to its path.';

/** Where installers put it without telling PATH. */
const USUAL_PLACES = ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

/**
 * The first usable `go`. Never throws.
 *
 * @param bin the only candidate when given.
 */
export async function findGo(bin: string | undefined, env: NodeJS.ProcessEnv): Promise<ToolStatus> {
  const candidates = bin === undefined ? ['go', ...USUAL_PLACES] : [bin];
  let reason: string | null = null;
  for (const candidate of candidates) {
    const found = await probe(candidate, env);
    if (found.ok) return found;
    reason ??= found.reason;
  }
  return { ok: false, reason: reason!, hint: HINT };
}

type Probe = Extract<ToolStatus, { ok: true }> | { readonly ok: false; readonly reason: string };

async function probe(candidate: string, env: NodeJS.ProcessEnv): Promise<Probe> {
  const result = await run(candidate, ['version'], { env, timeoutMs: PROBE_TIMEOUT_MS });
  if (result.code !== 0) return { ok: false, reason: whyNot(candidate, result) };
  const version = /^go version go(\d+)\.(\d+)(\S*)/.exec(result.stdout);
  if (version === null) return { ok: false, reason: `${candidate} does not answer like the Go tool.` };
  const [, major, minor, rest] = version;
  const text = `${major}.${minor}${rest}`;
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    return { ok: false, reason: `${candidate} is Go ${text}; FastFN needs ${OLDEST.join('.')} or newer.` };
  }
  return { ok: true, path: candidate, version: text };
}

function whyNot(candidate: string, { spawnError, timedOut, stderr, code }: RunResult): string {
  if (spawnError === 'ENOENT') {
    return candidate.includes('/') ? `${candidate} does not exist.` : `${candidate} was not found on PATH.`;
  }
  if (spawnError === 'EACCES') return `${candidate} may not be executed.`;
  if (timedOut) return `${candidate} did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`;
  return `${candidate} cannot be run: ${spawnError ?? (stderr.split('\n')[0] || `exit code ${code}`)}`;
}
