import { type Files, makeTree } from '@fastfn/testing';
import { expect, onTestFinished } from 'vitest';
import { type CliServer, startCli } from '../support/cli.js';
import { BUILD_ENV } from './languages.js';

/** How long a save may take to show where nothing is compiled, ms; many times what it takes. */
const SOON_MS = 15_000;

/** A project with a server of the command line over it, and what a reader of a walkthrough does to both. */
export interface Walk {
  readonly root: string;
  readonly server: CliServer;
  save(path: string, content: string | object): void;
  remove(path: string): void;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Stops the server, and serves the folder again with these variables. */
  restart(env: Readonly<Record<string, string>>): Promise<void>;
  /** Asks until the answer is this JSON value (or text), with this status: builds and saves arrive in a moment. */
  sees(path: string, expected: unknown, options?: { status?: number; init?: RequestInit }): Promise<void>;
}

export interface OpenWalk extends Walk {
  close(): Promise<void>;
}

export interface WalkInput {
  /** Below the project folder; handlers are in `functions/`. */
  readonly files: Files;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Call it inside a test: the server stops and the files go when that ends. */
export async function startWalk(input: WalkInput): Promise<Walk> {
  const walk = await openWalk(input);
  onTestFinished(walk.close);
  return walk;
}

/** Like {@link startWalk}, for `beforeAll`: the caller closes. */
export async function openWalk({ files, args = ['dev'], env = {} }: WalkInput): Promise<OpenWalk> {
  const { root, write, remove, cleanup } = makeTree(files);
  const start = (variables: typeof env) => startCli(args, root, { ...BUILD_ENV, ...variables });
  let server = await start(env).catch((error) => {
    cleanup();
    throw error;
  });
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(server.url + path, { redirect: 'manual', ...init });
  return {
    root,
    get server() {
      return server;
    },
    save: write,
    remove,
    ask,
    async restart(variables) {
      await server.stop();
      server = await start(variables);
    },
    async close() {
      await server.stop();
      cleanup();
    },
    async sees(path, expected, { status = 200, init } = {}) {
      for (let until = Date.now() + SOON_MS; ; ) {
        const response = await ask(path, init);
        const body = parse(await response.text());
        try {
          expect({ status: response.status, body }, `${path}\n${server.output()}`).toEqual({ status, body: expected });
          return;
        } catch (error) {
          // What is being compiled takes its time.
          if (response.headers.get('x-fastfn-warming') === 'true') until = Date.now() + SOON_MS;
          else if (Date.now() > until) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
