import { spawn } from 'node:child_process';

/** Of each stream; the end is kept, for there compilers say what is wrong. */
const MAX_OUTPUT_CHARS = 256 * 1024;

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Whole lines of stderr, as they come. */
  onStderrLine?(line: string): void;
}

export interface RunResult {
  /** Null: it was not started, or ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Why it was not started, e.g. ENOENT. */
  readonly spawnError: string | null;
}

/** Runs a command to its end. Aborting, or the time limit, ends it and all it started. Never rejects. */
export function run(
  command: string,
  args: readonly string[],
  { env, cwd, input, signal, timeoutMs, onStderrLine }: RunOptions,
): Promise<RunResult> {
  return new Promise((resolve) => {
    // A group of its own: `go build` runs compilers that must end with it.
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    let line = '';
    let timedOut = false;
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill();
          }, timeoutMs);
    const finish = (code: number | null, spawnError: string | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve({ code, ...out, timedOut, spawnError });
    };
    if (signal?.aborted) kill();
    signal?.addEventListener('abort', kill);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        out[stream] = (out[stream] + text).slice(-MAX_OUTPUT_CHARS);
        if (stream !== 'stderr' || onStderrLine === undefined) return;
        const lines = (line + text).split('\n');
        line = lines.pop()!;
        for (const one of lines) onStderrLine(one);
      });
    }
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', (error: NodeJS.ErrnoException) => finish(null, error.code ?? error.message));
    child.once('close', (code) => finish(code, null));
  });
}
