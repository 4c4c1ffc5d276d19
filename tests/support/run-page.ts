import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { CLI, type CliServer, cleanEnv, startCli } from './cli.js';
import { matches, parseSteps, type Step } from './markdown.js';

export interface PageOptions {
  readonly markdown: string;
  /** Where files are saved and commands run. */
  readonly cwd: string;
  /** A server that is there already; else the page starts its own. */
  readonly server?: CliServer;
}

/** How long a page may claim that a save "is live in a moment". */
const SETTLE_MS = 5_000;

/** Does what the page says, step by step, and compares what it prints. */
export async function runPage({ markdown, cwd, server }: PageOptions): Promise<number> {
  let current = server;
  let checked = 0;
  try {
    for (const step of parseSteps(markdown)) {
      if (step.kind === 'file') {
        mkdirSync(dirname(join(cwd, step.path)), { recursive: true });
        writeFileSync(join(cwd, step.path), step.content);
      } else if (step.kind === 'serve') {
        if (current && current !== server) await current.stop();
        current = await startCli(step.args, cwd, step.env);
      } else {
        await runCommand(step, cwd, current);
        if (step.expected !== null) checked++;
      }
    }
  } finally {
    if (current && current !== server) await current.stop();
  }
  return checked;
}

async function runCommand(
  step: Extract<Step, { kind: 'command' }>,
  cwd: string,
  server: CliServer | undefined,
): Promise<void> {
  const host = server ? new URL(server.url).host : 'localhost:8080';
  const script = step.script
    .replaceAll('npx fastfn', `"${process.execPath}" "${CLI}"`)
    .replaceAll(/(localhost|127\.0\.0\.1):8080/g, host);
  // Only what reads may be tried again until the save has arrived.
  const repeatable = !/ -X | -d | -F | --data|\bkill\b|\brm\b|\bmv\b/.test(script);
  const until = Date.now() + SETTLE_MS;
  for (;;) {
    const printed = await shell(script, cwd);
    const expected = step.expected?.replaceAll(/(localhost|127\.0\.0\.1):8080/g, host) ?? null;
    if (expected === null || matches(expected, printed)) return;
    if (!repeatable || Date.now() > until) {
      expect(printed.trimEnd(), `line ${step.line}: ${step.script}\n--- server ---\n${server?.output() ?? ''}`).toBe(
        expected,
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function shell(script: string, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', script], { cwd, env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    child.stderr.setEncoding('utf8').on('data', (part) => (text += part));
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}
