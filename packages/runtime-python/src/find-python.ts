import { type ExecFileException, execFile } from 'node:child_process';
import type { ToolStatus } from '@fastfn/core';

const OLDEST = [3, 9] as const;
const PROBE_TIMEOUT_MS = 5000;
const HINT =
  'Install Python 3.9 or newer: apt install python3 (Debian, Ubuntu), brew install python (macOS), or set FN_PYTHON_BIN to its path.';

// Isolated and without site packages: the answer comes in a few ms.
const PROBE = [
  '-I',
  '-S',
  '-c',
  'import sys; print(sys.version_info[0], sys.version_info[1], sys.version_info[2], sys.executable)',
];

/**
 * The first usable interpreter. Never throws.
 *
 * @param bin the only candidate when given.
 */
export async function findPython(
  bin: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ToolStatus> {
  const candidates = bin === undefined ? ['python3', 'python'] : [bin];
  let reason: string | null = null;
  for (const candidate of candidates) {
    const found = await probe(candidate, env);
    if (found.ok) return found;
    reason ??= found.reason;
  }
  return { ok: false, reason: reason!, hint: HINT };
}

type Probe = Extract<ToolStatus, { ok: true }> | { readonly ok: false; readonly reason: string };

function probe(candidate: string, env: Readonly<Record<string, string | undefined>>): Promise<Probe> {
  return new Promise((resolve) => {
    execFile(candidate, PROBE, { env, timeout: PROBE_TIMEOUT_MS, encoding: 'utf8' }, (error, stdout) => {
      if (error !== null) {
        resolve({ ok: false, reason: whyNot(candidate, error) });
        return;
      }
      const match = /^(\d+) (\d+) (\d+) (.*)$/m.exec(stdout);
      if (match === null) {
        resolve({ ok: false, reason: `${candidate} does not answer like a Python interpreter.` });
        return;
      }
      const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
      const version = `${major}.${minor}.${patch}`;
      if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
        resolve({ ok: false, reason: `${candidate} is Python ${version}; FastFN needs ${OLDEST.join('.')} or newer.` });
        return;
      }
      resolve({ ok: true, path: match[4] || candidate, version });
    });
  });
}

function whyNot(candidate: string, error: ExecFileException): string {
  if (error.code === 'ENOENT') {
    return candidate.includes('/') ? `${candidate} does not exist.` : `${candidate} was not found on PATH.`;
  }
  if (error.killed) return `${candidate} did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`;
  if (error.code === 'EACCES') return `${candidate} may not be executed.`;
  return `${candidate} cannot be run: ${error.message.split('\n')[0]}`;
}
