import type { StartSpec } from '@fastfn/protocol';
import type { Reaper } from './reaper.js';
import { mountLauncher } from './sandbox/launcher.js';
import { WorkerProcess } from './worker-process.js';

/** Longest wait for a worker to load before the next spare is made beside it. */
const REFILL_AFTER_MS = 1000;

/** Variables that Node, OpenSSL or the C library read only when a process starts. */
const START_ONLY = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_V8_COVERAGE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'OPENSSL_CONF',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'MALLOC_ARENA_MAX',
] as const;

/** Whether a function's environment has something that comes too late for a process that runs already. */
export function needsFreshProcess(
  spec: Pick<StartSpec, 'env' | 'process_env'>,
  ambient: Readonly<Record<string, string | undefined>>,
): boolean {
  return START_ONLY.some((name) => {
    const value = spec.env[name] ?? spec.process_env[name];
    return value !== undefined && value !== ambient[name];
  });
}

/**
 * Keeps one worker process ready: started, shim loaded, waiting for a function. Starting Node costs some 60 ms, which
 * nobody has to wait for then.
 */
export class Spare {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #folder: string;
  readonly #reaper: Reaper;
  #spare: WorkerProcess | null = null;
  #refill: NodeJS.Timeout | null = null;
  /** What the last function was: the next is likely to be the same. */
  #typescript = false;
  #closed = false;

  /** @param folder private, for sockets of rehearsals */
  constructor(env: Readonly<Record<string, string | undefined>>, folder: string, reaper: Reaper) {
    this.#env = env;
    this.#folder = folder;
    this.#reaper = reaper;
    this.#fill();
  }

  /** A process for the function: the spare, or a fresh one. The next spare follows when this one has loaded its code. */
  take(spec: StartSpec): WorkerProcess {
    this.#typescript = /\.[cm]?ts$/.test(spec.entry);
    const launcher = spec.sandbox === null ? [] : mountLauncher();
    // One without a sandbox is not to find itself in a namespace either.
    if (needsFreshProcess(spec, this.#env) || launcher.length !== mountLauncher().length)
      return this.#make({ ...this.#env, ...spec.process_env, ...spec.env }, launcher);
    const spare = this.#spare;
    this.#spare = null;
    const worker = spare?.alive ? spare : this.#make(this.#env);
    this.#refillAfter(worker);
    return worker;
  }

  /** Idempotent; resolves when the spare is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#refill !== null) clearTimeout(this.#refill);
    const spare = this.#spare;
    this.#spare = null;
    spare?.stop(0);
    await spare?.exited;
  }

  /** Not at once: the new process would take the processor from the one that somebody waits for. */
  #refillAfter(worker: WorkerProcess): void {
    if (this.#refill !== null) clearTimeout(this.#refill);
    const timer = setTimeout(() => this.#fill(), REFILL_AFTER_MS);
    this.#refill = timer;
    void worker.loaded.then(() => {
      if (this.#refill === timer) this.#fill();
    });
  }

  #fill(): void {
    if (this.#refill !== null) clearTimeout(this.#refill);
    this.#refill = null;
    if (this.#closed || this.#spare !== null) return;
    const spare = this.#make(this.#env);
    this.#spare = spare;
    void spare.exited.then(() => {
      // A spare that died is not replaced before somebody needs one: it might die again and again.
      if (this.#spare === spare) this.#spare = null;
    });
  }

  #make(env: Readonly<Record<string, string | undefined>>, launcher = mountLauncher()): WorkerProcess {
    return new WorkerProcess({ env, folder: this.#folder, typescript: this.#typescript, launcher }, this.#reaper);
  }
}
