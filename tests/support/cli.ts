import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../apps/cli/bin/fastfn.js', import.meta.url));

/** How registries are reached on this machine: mirrors, proxies, certificates. */
const NETWORK =
  /^(?:PIP_|UV_|SSL_|COMPOSER_|GOPROXY$|NODE_EXTRA_CA_CERTS$)|^npm_config_(?:registry|cafile|cache)$|_proxy$/i;

/** What a test process inherits: nothing of ours but what finds tools and packages. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', PYENV_ROOT, CARGO_TARGET_DIR } = process.env;
  const network: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value && NETWORK.test(name)) network[name] = value;
  const tools = { ...(PYENV_ROOT && { PYENV_ROOT }), ...(CARGO_TARGET_DIR && { CARGO_TARGET_DIR }) };
  return { PATH, HOME, LANG, NO_COLOR: '1', ...tools, ...network, ...extra };
}

/** A command that stays. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** stdout and stderr so far. */
  output(): string;
  /** Resolves when the output matches, rejects when the process ends before. */
  waitFor(pattern: RegExp): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface CliServer extends CliProcess {
  readonly url: string;
}

/**
 * `fastfn <args>` as a process of its own, on a free port; resolves when it answers.
 *
 * @param through a program that becomes the one it is given
 */
export async function startCli(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<CliServer> {
  const running = spawnCli(args, cwd, env, through);
  const url = await running.waitFor(/URL\s+(http:\/\/\S+)/).catch(async (error) => {
    await running.stop('SIGKILL');
    throw error;
  });
  return { url, ...running };
}

/** Starts a command and does not wait for anything. */
export function spawnCli(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): CliProcess {
  const [command = '', ...rest] = [...through, process.execPath, CLI, ...args];
  const child = spawn(command, rest, {
    cwd,
    env: cleanEnv({ FN_HOST_PORT: '0', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      tell();
    });
  }
  const exited = once(child, 'exit');
  void exited.then(tell);

  const waitFor = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text);
        if (!match && child.exitCode === null && child.signalCode === null) return;
        listeners.delete(look);
        if (match) resolve(match[1] ?? match[0]);
        else
          reject(
            new Error(
              `fastfn ${args.join(' ')} ended (${child.exitCode ?? child.signalCode}) before ${pattern}:\n${text}`,
            ),
          );
      };
      listeners.add(look);
      look();
    });

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return { child, output: () => text, waitFor, stop };
}

/** A command that ends by itself. */
export function runCli(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = [...through, process.execPath, CLI, ...args];
    const child = spawn(command, rest, {
      cwd,
      env: cleanEnv(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (stdout += part));
    child.stderr.setEncoding('utf8').on('data', (part) => (stderr += part));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
