import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { open, type Peer } from './peer.js';

export interface Daemon extends Peer {
  readonly process: ChildProcess;
  readonly socket: string;
  readonly folder: string;
  /** A socket path nobody uses. */
  freshSocket(): string;
}

/** A daemon that its user ends. */
export type OwnDaemon = Daemon & { end(): Promise<void> };

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** After those that every daemon gets. */
  readonly args?: readonly string[];
}

export interface DaemonProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** How tests start the daemons of one language. */
export interface DaemonStarter<Options extends DaemonOptions> {
  /** A daemon and a control connection to it; ended when the running test ends. */
  startDaemon(options?: Options): Promise<Daemon>;
  /** Like `startDaemon`, for `beforeAll`. */
  makeDaemon(options?: Options): Promise<OwnDaemon>;
}

/** @param program what runs a daemon on a socket; `--lifeline` and further arguments come behind its own */
export function daemonStarter<Options extends DaemonOptions = DaemonOptions>(
  program: (socket: string, options: Partial<Options>) => DaemonProgram | Promise<DaemonProgram>,
): DaemonStarter<Options> {
  const makeDaemon = async (options: Partial<Options> = {}): Promise<OwnDaemon> => {
    // Short: a socket's path has room for a hundred characters.
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ff-')));
    const socket = join(folder, 'daemon.sock');
    const { command, args } = await program(socket, options);
    const child = spawn(command, [...args, '--lifeline', ...(options.args ?? [])], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...options.env },
    });
    const exited = once(child, 'exit');
    const failed = exited.then(([code]) => {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`exit ${code}`);
    });
    failed.catch(() => {});
    await Promise.race([once(child.stdout!, 'data'), failed]);
    const peer = await open(socket);
    let sockets = 0;
    return {
      ...peer,
      process: child,
      socket,
      folder,
      freshSocket: () => join(folder, `w${sockets++}.sock`),
      async end() {
        child.stdin!.end();
        await exited;
        await peer.connection.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
  return {
    makeDaemon,
    async startDaemon(options) {
      const daemon = await makeDaemon(options);
      onTestFinished(daemon.end);
      return daemon;
    },
  };
}
