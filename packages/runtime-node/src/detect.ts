import { execFile } from 'node:child_process';
import type { ToolStatus } from '@fastfn/core';

/** Oldest Node that the shim runs on. */
const MIN_MAJOR = 20;

const DETECT_TIMEOUT_MS = 5000;

const HINT = `Install Node ${MIN_MAJOR} or newer from https://nodejs.org, or set FN_NODE_BIN to its executable.`;

/** Asks an executable whether it is a Node that we can use. Never throws. */
export async function detectNode(bin: string): Promise<ToolStatus> {
  if (bin === process.execPath) return judge(bin, process.versions.node);
  return new Promise((resolve) => {
    execFile(bin, ['--version'], { timeout: DETECT_TIMEOUT_MS }, (error, stdout) => {
      const version = /^v(\d+\.\d+\.\d+)/.exec(stdout?.trim() ?? '')?.[1];
      if (version !== undefined) resolve(judge(bin, version));
      else resolve({ ok: false, reason: reasonOf(bin, error), hint: HINT });
    });
  });
}

function judge(path: string, version: string): ToolStatus {
  if (Number.parseInt(version, 10) >= MIN_MAJOR) return { ok: true, path, version };
  return { ok: false, reason: `${path} is Node ${version}; FastFN needs Node ${MIN_MAJOR} or newer.`, hint: HINT };
}

function reasonOf(bin: string, error: Error | null): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOENT') return bin.includes('/') ? `${bin} does not exist.` : `${bin} was not found on PATH.`;
  if (code === 'EACCES') return `${bin} is not executable.`;
  return `${bin} --version gave no Node version${error === null ? '' : ` (${error.message.split('\n', 1)[0]})`}.`;
}
