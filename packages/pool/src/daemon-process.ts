import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { DaemonCommand } from '@fastfn/core';

/** How long a daemon may take to say `ready`. */
const READY_TIMEOUT_MS = 15_000;

/** Last lines of its stderr that an error quotes. */
const QUOTED_LINES = 5;

/** The protocol's word on stdout. PROTOCOL.md §3. */
const READY_LINE = 'ready';

const LIFELINE = '--lifeline';

export interface DaemonProcessOptions {
  readonly command: DaemonCommand;
  /** Environment under that of the command. */
  readonly env: Readonly<Record<string, string>>;
  /** A line of its stderr. */
  onLog(line: string): void;
}

/** One daemon process: from spawning to its real end. It leads a process group, and ends by itself when we die. */
export class DaemonProcess {
  readonly pid: number;
  /** Resolves with a phrase (`exited with code 1`) once the process is gone. Never rejects. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  #gone = false;

  private constructor(child: ChildProcess, exited: Promise<string>) {
    this.#child = child;
    this.pid = child.pid!;
    this.exited = exited;
    void exited.then(() => {
      this.#gone = true;
    });
  }

  /**
   * Resolves when the daemon accepts connections.
   * @throws Error saying why it does not: not found, ended, silent. Nothing is left of it then.
   */
  static async spawn({ command, env, onLog }: DaemonProcessOptions): Promise<DaemonProcess> {
    const args = command.args.includes(LIFELINE) ? command.args : [...command.args, LIFELINE];
    const child = spawn(command.command, [...args], {
      env: { ...env, ...command.env },
      // Its stdin is the lifeline: the pipe closes when we die, however that happens.
      stdio: ['pipe', 'pipe', 'pipe'],
      // Of its own group, so that Ctrl-C at the terminal reaches us alone and running calls can finish.
      detached: true,
    });
    child.stdin!.on('error', () => {});

    const lastLines: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > QUOTED_LINES) lastLines.shift();
      onLog(line);
    });

    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
      });
      // `close` and not `exit`: its last words on stderr come first. A grandchild may hold the pipe, so not for long.
      child.once('exit', (code, signal) => {
        const phrase = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
        const timer = setTimeout(() => resolve(phrase), 200);
        child.once('close', () => {
          clearTimeout(timer);
          resolve(phrase);
        });
      });
    });
    const ready = new Promise<true>((resolve) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line.trim() === READY_LINE) resolve(true);
        else onLog(line);
      });
    });

    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`did not become ready within ${READY_TIMEOUT_MS} ms`), READY_TIMEOUT_MS);
      timer.unref();
    });
    const outcome = await Promise.race([ready, exited, silent]);
    clearTimeout(timer);
    if (outcome === true) return new DaemonProcess(child, exited);
    if (child.pid !== undefined) {
      killGroup(child.pid);
      await exited;
    }
    const quote = lastLines.length > 0 ? `: ${lastLines.join(' | ')}` : '';
    throw new Error(`The daemon ${outcome}${quote}`);
  }

  /** SIGTERM, and SIGKILL to its group when it is still there after `graceMs`. Resolves when it is gone. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    if (!this.#gone) {
      this.#child.stdin!.end();
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.kill(), graceMs);
      await this.exited;
      clearTimeout(timer);
    }
  }

  /** SIGKILL, at once. */
  kill(): void {
    if (!this.#gone) killGroup(this.pid);
  }
}

/** SIGKILL to a process group; no matter when it is gone. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended, which is what was wanted.
  }
}
