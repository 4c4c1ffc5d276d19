import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { signalGroup } from './run-tool.js';

export const LOCK_FILE = '.fastfn-deps.lock';

/** A holder says that it is alive so often. */
const BEAT_MS = 10_000;
/** Who has been silent for so long is gone, on whatever machine it ran. */
const SILENT_MS = 60_000;
/** Removing a dead holder's lock takes an instant: who has been at it for so long died in the middle. */
const BREAKING_MS = 10_000;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 250;

interface Holder {
  /** Tells two locks of one process apart. */
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, by the system: pids are used again. Null where that is not known. */
  readonly started: string | null;
  /** Leader of the tool's process group, while one runs. */
  readonly tool: { readonly pid: number; readonly started: string | null } | null;
}

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Somebody else holds it; told once. */
  onWait?(pid: number): void;
}

/**
 * At most one holder in a folder, among all processes, also of several machines on one disk. The lock of a process that
 * died is taken over, after what it left running was ended. Rejects only when aborted, or when the folder cannot be
 * written in.
 */
export async function lockFolder(folder: string, { signal, onWait }: LockOptions): Promise<FolderLock> {
  const file = join(folder, LOCK_FILE);
  let told = false;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, MAX_POLL_MS)) {
    signal.throwIfAborted();
    const holder: Holder = {
      token: randomBytes(8).toString('hex'),
      host: hostname(),
      pid: process.pid,
      started: startOf(process.pid),
      tool: null,
    };
    if (createExclusively(file, JSON.stringify(holder))) return new FolderLock(file, holder);
    const other = readHolder(file);
    if (isGone(file, other)) {
      breakLock(file, other);
      continue;
    }
    if (!told && other !== null && other.pid !== process.pid) {
      told = true;
      onWait?.(other.pid);
    }
    await wait(pause, undefined, { signal });
  }
}

export class FolderLock {
  readonly #file: string;
  readonly #beat: NodeJS.Timeout;
  #holder: Holder;

  constructor(file: string, holder: Holder) {
    this.#file = file;
    this.#holder = holder;
    this.#beat = setInterval(() => this.#touch(), BEAT_MS);
    this.#beat.unref();
  }

  /** Should we die, whoever takes over ends this process group first. Null: it has ended. */
  toolRuns(pid: number | null): void {
    this.#holder = { ...this.#holder, tool: pid === null ? null : { pid, started: startOf(pid) } };
    try {
      if (this.#isOurs()) writeFileSync(this.#file, JSON.stringify(this.#holder));
    } catch {
      // A full disk: the lock holds by being there.
    }
  }

  /** Idempotent. */
  release(): void {
    clearInterval(this.#beat);
    if (this.#isOurs()) rmSync(this.#file, { force: true });
  }

  #touch(): void {
    try {
      const now = new Date();
      if (this.#isOurs()) utimesSync(this.#file, now, now);
    } catch {
      // The folder was removed.
    }
  }

  /** Somebody may have taken us for dead (a machine that slept). */
  #isOurs(): boolean {
    return readHolder(this.#file)?.token === this.#holder.token;
  }
}

/** @throws when the folder is not there, or may not be written in */
function createExclusively(file: string, text: string): boolean {
  let fd: number;
  try {
    fd = openSync(file, 'wx', 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(fd, text);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return true;
}

/** Null: it is gone, or is just being written. */
function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function isGone(file: string, holder: Holder | null): boolean {
  const age = ageOf(file);
  if (age === null) return false;
  if (age > SILENT_MS) return true;
  // Empty, or not ours: its author is given time to finish writing.
  if (holder === null) return age > BREAKING_MS;
  return holder.host === hostname() && !isAlive(holder.pid, holder.started);
}

/** Only one at a time breaks a lock: who comes second would otherwise remove the lock of who came first. */
function breakLock(file: string, seen: Holder | null): void {
  const breaker = `${file}.break`;
  const age = ageOf(breaker);
  if (age !== null && age > BREAKING_MS) rmSync(breaker, { force: true });
  if (!createExclusively(breaker, String(process.pid))) return;
  try {
    const now = readHolder(file);
    if (now?.token !== seen?.token || !isGone(file, now)) return;
    endTool(now);
    rmSync(file, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

/** A tool that outlived its server would go on writing into what is to be installed anew. */
function endTool(holder: Holder | null): void {
  const tool = holder?.tool;
  if (!tool || holder.host !== hostname()) return;
  // Its leader may have ended before the rest of the group; the number then still is the group's. Another process's now?
  const now = statOf(tool.pid);
  if (now === null || tool.started === null || now.started === tool.started) signalGroup(tool.pid, 'SIGKILL');
}

/** Ms since the file was last touched; null when it is not there. */
function ageOf(file: string): number | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : Date.now() - stat.mtimeMs;
}

function isAlive(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = statOf(pid);
  // A container may have nobody who buries the dead.
  return now === null || (now.state !== 'Z' && (started === null || started === now.started));
}

function startOf(pid: number): string | null {
  return statOf(pid)?.started ?? null;
}

/** What the system says of a process: its state, and when it began in clock ticks from boot. Null: it does not say. */
function statOf(pid: number): { state: string; started: string } | null {
  try {
    // `pid (name) state …`: the name may hold spaces and brackets, so fields are counted from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, started: fields[19]! };
  } catch {
    return null;
  }
}
