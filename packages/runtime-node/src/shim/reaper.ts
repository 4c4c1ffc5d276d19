import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads `+ <pid>` and `- <pid>`; at end of file, which comes when the daemon dies in whatever way, kills the process
 * group of every pid still listed. POSIX sh, so that it costs half a megabyte for all workers together.
 */
const SCRIPT = `
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null; done
`;

/**
 * Ends the workers when the daemon is killed. A worker notices by itself, through its control line, unless its handler
 * is in an endless loop; JavaScript cannot watch from another thread without paying for one in every worker (measured:
 * 4 to 9 MB and tens of milliseconds each), so one shell per daemon watches for all of them.
 */
export class Reaper {
  readonly #pids = new Set<number>();
  #process: ChildProcess | null = null;
  #closed = false;

  constructor() {
    this.#start();
  }

  /** From now on the process group of `pid` does not outlive this process. */
  add(pid: number): void {
    this.#pids.add(pid);
    this.#tell(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    if (this.#pids.delete(pid)) this.#tell(`- ${pid}\n`);
  }

  /** Kills what is still listed. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#process?.stdin?.end();
    this.#process = null;
  }

  #tell(line: string): void {
    this.#process?.stdin?.write(line);
  }

  #start(): void {
    // Detached: a signal for the daemon's process group must not take the reaper along.
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'fastfn-reaper'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
      cwd: '/',
    });
    this.#process = child;
    child.stdin!.on('error', () => {});
    child.on('error', (error) => {
      if (this.#process === child) this.#process = null;
      process.stderr.write(
        `fastfn: no reaper (${error.message}); workers in an endless loop may outlive this daemon\n`,
      );
    });
    child.on('exit', () => {
      if (this.#closed || this.#process !== child) return;
      this.#start();
    });
    child.unref();
    for (const pid of this.#pids) this.#tell(`+ ${pid}\n`);
  }
}
