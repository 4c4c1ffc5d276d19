import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Installing and building may take so long together. SPEC §13. */
const TIME_LIMIT_MS = 180_000;
const KILL_AFTER_MS = 2000;
/** Last lines that an error quotes. */
const KEPT_LINES = 30;

/** One finding of the compiler. */
export interface CompilerMessage {
  readonly level: string;
  readonly message: string;
  /** e.g. `E0425`. */
  readonly code: string | null;
  /** As the compiler prints it. */
  readonly rendered: string;
  /** Where it points to, the main place first; file as the compiler names it. */
  readonly spans: readonly { readonly file: string; readonly line: number; readonly source: string | null }[];
}

export interface CargoResult {
  readonly ok: boolean;
  /** Null: it was ended by a signal. */
  readonly code: number | null;
  /** It took longer than allowed. */
  readonly timedOut: boolean;
  /** Absolute paths of binaries made or still good, by name. */
  readonly executables: ReadonlyMap<string, string>;
  /** Errors by the name of the target that has them. */
  readonly errors: ReadonlyMap<string, readonly CompilerMessage[]>;
  /** The last lines cargo itself wrote. */
  readonly lastLines: readonly string[];
}

export interface CargoOptions {
  readonly cargo: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** A line of what cargo is doing. */
  onLine(line: string): void;
}

/**
 * Runs `cargo build` and reads what it says. An aborted run ends at once, with everything it started.
 * @throws Error when cargo cannot be started.
 */
export function runCargo({ cargo, args, cwd, env, signal, onLine }: CargoOptions): Promise<CargoResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(cargo, ['build', '--message-format=json', ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: compilers and linkers go with it.
      detached: true,
    });
    const executables = new Map<string, string>();
    const errors = new Map<string, CompilerMessage[]>();
    const lastLines: string[] = [];
    let timedOut = false;

    const end = (): void => {
      if (child.pid === undefined) return;
      signalGroup(child.pid, 'SIGTERM');
      killTimer ??= setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), KILL_AFTER_MS);
    };
    let killTimer: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => {
      timedOut = true;
      end();
    }, TIME_LIMIT_MS);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();

    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
      onLine(line.trim());
    });
    createInterface({ input: child.stdout }).on('line', (line) => read(line, executables, errors));
    const over = (): void => {
      clearTimeout(limit);
      clearTimeout(killTimer);
      signal.removeEventListener('abort', end);
    };
    child.once('error', (error) => {
      over();
      reject(error);
    });
    child.once('close', (code) => {
      over();
      resolve({ ok: code === 0, code, timedOut, executables, errors, lastLines });
    });
  });
}

interface RawSpan {
  file_name: string;
  line_start: number;
  is_primary: boolean;
  text?: { text: string }[];
}

interface RawLine {
  reason?: string;
  target?: { name: string };
  executable?: string | null;
  message?: { level: string; message: string; rendered?: string; code?: { code: string } | null; spans: RawSpan[] };
}

function read(line: string, executables: Map<string, string>, errors: Map<string, CompilerMessage[]>): void {
  if (!line.startsWith('{')) return;
  const { reason, target, executable, message } = JSON.parse(line) as RawLine;
  if (target === undefined) return;
  if (reason === 'compiler-artifact' && executable) executables.set(target.name, executable);
  if (reason !== 'compiler-message' || message?.level !== 'error') return;
  const spans = [...message.spans].sort((a, b) => Number(b.is_primary) - Number(a.is_primary));
  const list = errors.get(target.name) ?? [];
  errors.set(target.name, list);
  list.push({
    level: message.level,
    message: message.message,
    code: message.code?.code ?? null,
    rendered: message.rendered ?? message.message,
    spans: spans.map(({ file_name, line_start, text }) => ({
      file: file_name,
      line: line_start,
      source: text?.[0]?.text ?? null,
    })),
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it has ended, which is what was wanted.
  }
}
