import { spawn } from 'node:child_process';
import { LineTail } from './line-tail.js';

/** SPEC §13. */
export const INSTALL_TIMEOUT_MS = 180_000;

/** Between asking a tool to end and ending it, ms. */
const TERM_GRACE_MS = 2_000;

/** What a tool leaves running in the background may keep its pipes open; it is waited for no longer than this, ms. */
const PIPE_GRACE_MS = 1_000;

export interface ToolCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Default {@link INSTALL_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  /** Ends the tool and all it started. */
  readonly signal?: AbortSignal;
  /** Whole lines of both streams as they come: plain text, without credentials. */
  onLine?(line: string): void;
  /** The process, leader of a group of its own, runs. */
  onStart?(pid: number): void;
}

export interface ToolResult {
  /** It ended by itself, with code 0. */
  readonly ok: boolean;
  /** Null: it was not started, or ended by a signal. */
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Why it was not started, e.g. `ENOENT`. */
  readonly spawnError: string | null;
  /** Its last lines, of both streams as they came. */
  readonly lines: readonly string[];
  readonly durationMs: number;
}

/** Runs a tool to its end, or until the time limit or the signal ends it with everything it started. Never rejects. */
export function runTool(tool: ToolCommand): Promise<ToolResult> {
  const { command, args, cwd, env, timeoutMs = INSTALL_TIMEOUT_MS, signal, onLine, onStart } = tool;
  const since = performance.now();
  const tail = new LineTail(onLine);
  return new Promise((resolve) => {
    // A group of its own: npm and pip start compilers and scripts, which must end with them.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let timedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    let pipeTimer: NodeJS.Timeout | undefined;
    let ended = false;

    const kill = (name: NodeJS.Signals): void => {
      if (child.pid !== undefined) signalGroup(child.pid, name);
    };
    const end = (): void => {
      kill('SIGTERM');
      killTimer ??= setTimeout(() => kill('SIGKILL'), TERM_GRACE_MS);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    const finish = (code: number | null, endedBy: NodeJS.Signals | null, spawnError: string | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(limit);
      clearTimeout(killTimer);
      clearTimeout(pipeTimer);
      signal?.removeEventListener('abort', end);
      tail.end();
      const aborted = signal?.aborted ?? false;
      const ok = code === 0 && !timedOut && !aborted;
      const durationMs = performance.now() - since;
      resolve({ ok, code, endedBy, timedOut, aborted, spawnError, lines: tail.lines, durationMs });
    };

    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => tail.write(stream, text));
    }
    child.once('error', (error: NodeJS.ErrnoException) => finish(null, null, error.code ?? error.message));
    child.once('spawn', () => onStart?.(child.pid!));
    child.once('exit', (code, endedBy) => {
      // The group may outlive its leader: nothing of it goes on once the tool is over.
      if (timedOut || signal?.aborted) kill('SIGKILL');
      pipeTimer = setTimeout(() => {
        kill('SIGKILL');
        child.stdout.destroy();
        child.stderr.destroy();
        finish(code, endedBy, null);
      }, PIPE_GRACE_MS);
    });
    child.once('close', (code, endedBy) => finish(code, endedBy, null));
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Signals a process group; false when there is none (any more). */
export function signalGroup(leader: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, name);
    return true;
  } catch {
    return false;
  }
}
