import { createServer, type FastFnServer } from '@fastfn/server';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { rawHttp } from './raw-http.js';
import { type Files, makeTree, type Tree } from './tree.js';

export interface UseServerInput {
  /** Files of a temporary functions root. */
  readonly files?: Files;
  /** A folder to serve as it is, in place of `files`. */
  readonly root?: string;
  /** Laid over a clean environment (PATH and HOME of this process). */
  readonly env?: Readonly<Record<string, string>>;
  /** Default `dev`. */
  readonly mode?: 'dev' | 'run';
  readonly flags?: Readonly<Record<string, string | boolean>>;
}

export interface TestServer {
  readonly url: string;
  readonly root: string;
  readonly server: FastFnServer;
  /** Every log line so far, handlers' output included. */
  readonly logs: readonly string[];
  /** @param path with leading `/`; redirects are not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends these bytes over a connection of their own and gives all that came back. */
  raw(bytes: string | Uint8Array): Promise<string>;
  waitForLog(pattern: RegExp): Promise<string>;
  write: Tree['write'];
  remove: Tree['remove'];
  reload(): void;
  close(): Promise<void>;
}

/** A real server with real processes on a free port, stopped when the running test ends. Call it inside a test. */
export async function useServer(input: UseServerInput = {}): Promise<TestServer> {
  const app = await startServer(input);
  onTestFinished(app.close);
  return app;
}

/** Like {@link useServer}, for `beforeAll`: the caller closes. */
export async function startServer({
  files = {},
  root,
  env = {},
  mode = 'dev',
  flags = {},
}: UseServerInput): Promise<TestServer> {
  const made = root === undefined ? makeTree(files) : null;
  const folder = made?.root ?? root!;
  const logs: string[] = [];
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', CARGO_TARGET_DIR } = process.env;
  // What all Rust functions need is compiled once, when a test says where.
  const caches = CARGO_TARGET_DIR === undefined ? {} : { CARGO_TARGET_DIR };
  const server = createServer({
    root: folder,
    cwd: folder,
    mode,
    env: { PATH, HOME, LANG, FN_HOST_PORT: '0', ...caches, ...env },
    flags,
    logger: {
      log: (_level, message) => logs.push(message),
      output: ({ runtime, name, version, stream }, text) =>
        logs.push(`[${runtime}] [fn:${name}@${version} ${stream}] ${text}`),
    },
  });
  const close = async () => {
    await server.close({ now: true });
    made?.cleanup();
  };
  try {
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  const target = makeTreeView(folder, made);
  return {
    url: server.url,
    root: folder,
    server,
    logs,
    fetch: (path, init) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init }),
    raw: (bytes) => rawHttp(server.url, bytes),
    waitForLog: (pattern) => eventually(() => logs.find((line) => pattern.test(line)) ?? false),
    write: target.write,
    remove: target.remove,
    reload: () => void server.reload(),
    close,
  };
}

function makeTreeView(root: string, made: Tree | null): Pick<Tree, 'write' | 'remove'> {
  if (made) return made;
  const refuse = () => {
    throw new Error(`${root} is not the test's own folder: it is served as it is and must not be changed`);
  };
  return { write: refuse, remove: refuse };
}
