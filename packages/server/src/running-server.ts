import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadOptionsInput, loadOptions, type Options } from '@fastfn/config';
import { UsageError } from '@fastfn/core';

/** How another process reaches a server that is running. */
export interface RunningServer {
  /** Base URL. */
  readonly url: string;
  /** `FN_ADMIN_TOKEN`, when the asking process has it too. */
  readonly token: string | null;
}

/**
 * Notes in the state folder where the server of this root listens, for `fastfn invoke` and `fastfn logs`. A folder that
 * cannot be written is no reason not to serve: then they need `FN_HOST_PORT`.
 * @returns takes the note back, unless a later server has put its own there.
 */
export function announceServer(stateDir: string, url: string): () => void {
  const file = noteIn(stateDir);
  const note = JSON.stringify({ url, pid: process.pid });
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, note, { mode: 0o600 });
  } catch {
    return () => {};
  }
  return () => {
    try {
      if (readFileSync(file, 'utf8') === note) rmSync(file);
    } catch {
      // Gone already, with the folder perhaps.
    }
  };
}

/**
 * The server that runs for a root: where `FN_HOST_PORT` says, else where the server of this root has noted, else the
 * configured port.
 * @throws OptionsError
 */
export function findRunningServer(input: Partial<LoadOptionsInput> = {}): RunningServer {
  const { options, sources } = loadOptions({
    command: 'invoke',
    cwd: process.cwd(),
    flags: {},
    env: process.env,
    ...input,
  });
  const named = sources.port === 'env' && options.port !== 0 ? configuredUrl(options) : null;
  const url = named ?? notedUrl(options.stateDir) ?? (options.port === 0 ? null : configuredUrl(options));
  if (url === null) {
    throw new UsageError(
      'server_not_found',
      `No server is running for ${options.root}.`,
      'Start one with "fastfn dev", or set FN_HOST_PORT.',
    );
  }
  return { url, token: options.adminToken };
}

function noteIn(stateDir: string): string {
  return join(stateDir, 'server.json');
}

function notedUrl(stateDir: string): string | null {
  try {
    const { url, pid } = JSON.parse(readFileSync(noteIn(stateDir), 'utf8'));
    return typeof url === 'string' && isAlive(pid) ? url : null;
  } catch {
    return null;
  }
}

/** A killed server leaves its note. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function configuredUrl({ host, port }: Options): string {
  const wildcard = host === '0.0.0.0' || host === '::' || host === '';
  const name = wildcard ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
