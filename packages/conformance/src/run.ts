import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, checkAnswer } from './answer.js';
import { type AppFolder, hasHandlers, makeAppFolder } from './app-folder.js';
import type { Case, Stage, Step, Subject } from './case.js';
import { CASES } from './cases/index.js';
import { subjectById } from './subjects.js';

/** How long an edit may take to show, or a line to be logged, ms. */
const SOON_MS = 10_000;

/** Variables of the server's own environment that cases look for in handlers. */
const SERVER_ENV = {
  FROM_REAL_ENV: 'from the real environment',
  FN_ADMIN_TOKEN: 'of-the-gateway-alone',
  // Each root compiles its libraries anew; on a busy machine that takes longer than the 20 s that users wait.
  FN_RUST_BUILD_TIMEOUT_S: '28',
  FN_GO_BUILD_TIMEOUT_S: '28',
};

/** How this machine reaches package registries; its installers are lost without. */
const NETWORK =
  /^(?:https?_proxy|no_proxy|all_proxy|ssl_cert_(?:file|dir)|node_extra_ca_certs|requests_ca_bundle|pip_.*|npm_config_.*|cargo_.*|go(?:proxy|sumdb|flags))$/i;

/** The part of `@fastfn/testing`'s server that the cases need. */
export interface ConformanceServer {
  readonly url: string;
  readonly logs: readonly string[];
  raw(bytes: string | Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export interface ConformanceOptions {
  /** Serves a root as it is; the runner closes it. */
  startServer(input: {
    root: string;
    mode: 'dev' | 'run';
    env: Readonly<Record<string, string>>;
  }): Promise<ConformanceServer>;
  /** Only those (for working on one); default all. */
  readonly cases?: readonly Case[];
}

/**
 * Makes a Vitest suite of the list for one language. One server per mode serves all functions of it.
 *
 * A language whose tool is missing is skipped, visibly; with `FASTFN_REQUIRE_RUNTIMES=all` (or a list of subjects)
 * that is a failure instead.
 */
export function conformance(id: string, { startServer, cases = CASES }: ConformanceOptions): void {
  const subject = subjectById(id);
  const missing = whyMissing(subject);
  const suite = `conformance: ${id}`;
  if (missing !== null) {
    if (isRequired(id)) it(suite, () => expect.fail(`${missing} FASTFN_REQUIRE_RUNTIMES asks for it.`));
    else it.skip(`${suite} (${missing})`, () => {});
    return;
  }
  describe(suite, () => {
    for (const mode of ['dev', 'run'] as const) {
      const ofMode = cases.filter((one) => (one.mode ?? 'dev') === mode && (one.only?.includes(id) ?? true));
      if (ofMode.length > 0) describe(mode, () => runMode(subject, mode, ofMode, startServer));
    }
  });
}

function runMode(
  subject: Subject,
  mode: 'dev' | 'run',
  cases: readonly Case[],
  startServer: ConformanceOptions['startServer'],
): void {
  let app: AppFolder | undefined;
  let server: ConformanceServer | undefined;
  beforeAll(async () => {
    app = makeAppFolder(subject);
    server = await startServer({
      root: app.root,
      mode,
      env: { ...networkEnv(), ...SERVER_ENV, FN_RUNTIMES: subject.runtime },
    });
  });
  afterAll(async () => {
    await server?.close();
    app?.remove();
  });
  for (const one of cases) {
    const why = one.skip?.[subject.id] ?? one.skip?.[subject.runtime];
    const title = `${one.id}: ${one.title}`;
    if (why !== undefined) it.skip(`${title} (${why})`, () => {});
    else it(title, { timeout: one.timeoutMs }, () => runCase(one, stageFor(one, subject, app!, server!)));
  }
}

function networkEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name, value]) => NETWORK.test(name) && value !== undefined);
  return Object.fromEntries(entries as [string, string][]);
}

function stageFor({ fn }: Case, subject: Subject, app: AppFolder, server: ConformanceServer): Stage {
  return {
    subject,
    url: server.url,
    folder: join(app.root, fn),
    logs: server.logs,
    call: (request) => call(server.url, request),
    raw: (bytes) => server.raw(bytes),
    edit: (edit) => app.edit(fn, edit),
    async check(answer, expectation) {
      checkAnswer(answer, expectation);
      const { log } = expectation;
      if (log === undefined) return;
      await expect
        .poll(() => server.logs.some((line) => log.test(line)), { timeout: SOON_MS, message: `a log line like ${log}` })
        .toBe(true);
    },
  };
}

async function runCase({ steps, script }: Case, stage: Stage): Promise<void> {
  await script?.(stage);
  const list = typeof steps === 'function' ? steps(stage.subject) : (steps ?? []);
  for (const step of list) await runStep(step, stage);
}

async function runStep(step: Step, stage: Stage): Promise<void> {
  if ('edit' in step) stage.edit(step.edit);
  else if ('expect' in step) await stage.check(await stage.call(step.request), step.expect);
  else {
    await expect
      .poll(
        async () =>
          stage.check(await stage.call(step.request), step.eventually).then(
            () => null,
            (error: Error) => error.message,
          ),
        {
          timeout: SOON_MS,
          interval: 20,
        },
      )
      .toBeNull();
  }
}

/** Why a language cannot be run here, as a sentence; null when it can. */
function whyMissing(subject: Subject): string | null {
  if (!hasHandlers(subject)) return `There is no folder handlers/${subject.id}.`;
  const [command, ...args] = subject.tool;
  return spawnSync(command!, args, { stdio: 'ignore' }).status === 0 ? null : `${command} was not found.`;
}

function isRequired(id: string): boolean {
  const required = process.env.FASTFN_REQUIRE_RUNTIMES ?? '';
  return required === 'all' || required.split(',').includes(id);
}
