import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  contentHash,
  Installer,
  type InstallRequest,
  type InstallRun,
  readState,
  STATE_FILE,
  toolFailed,
} from './index.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fastfn-deps-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function installer(): Installer {
  const made = new Installer();
  onTestFinished(() => made.close());
  return made;
}

/** A language whose manifest is `list` and whose packages are the file `installed`. */
function request(root: string, install: (run: InstallRun) => Promise<void> | void, runtime: 'php' | 'node' = 'php') {
  const manifest = join(root, 'list');
  const hash = (): string => contentHash('tool 1', [manifest]);
  let installs = 0;
  const made: InstallRequest = {
    runtime,
    folder: root,
    root,
    plan: () => ({
      hash: hash(),
      isPresent: existsSync(join(root, 'installed')),
      async install(run) {
        installs++;
        await install(run);
        writeFileSync(join(root, 'installed'), '');
        return {
          mode: 'manifest',
          manifest: 'list',
          lock: null,
          inferred: [],
          resolved: ['a@1'],
          unresolved: [],
          sources: {},
          hash: hash(),
          wrote: [manifest],
        };
      },
    }),
  };
  return { made, installs: () => installs };
}

function waiter() {
  const abort = new AbortController();
  const lines: string[] = [];
  const wrote: string[] = [];
  return {
    abort,
    lines,
    wrote,
    options: {
      signal: abort.signal,
      progress: (line: string) => void lines.push(line),
      wrote: (files: readonly string[]) => void wrote.push(...files),
    },
  };
}

test('installs once; again when the manifest changed, or what was installed is gone', async () => {
  const root = folder();
  const { made, installs } = request(root, () => {});
  const { options, wrote } = waiter();
  const first = await installer().ensure(made, options);
  expect(first).toMatchObject({ runtime: 'php', last_status: 'ok', resolved: ['a@1'], last_error: null });
  expect(wrote).toEqual([join(root, 'list')]);
  expect(readState(root, 'php')).toEqual(first);
  expect(readdirSync(root).sort()).toEqual([STATE_FILE, 'installed']);

  await installer().ensure(made, options);
  expect(installs()).toBe(1);
  writeFileSync(join(root, 'list'), 'b');
  await installer().ensure(made, options);
  expect(installs()).toBe(2);
  rmSync(join(root, 'installed'));
  await installer().ensure(made, options);
  expect(installs()).toBe(3);
});

test('two at once in a folder are one, also in two servers', async () => {
  const root = folder();
  let begun = () => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { made, installs } = request(root, async () => {
    begun();
    await gate;
  });
  const one = installer();
  const all = [one.ensure(made, waiter().options), one.ensure(made, waiter().options)];
  await running;
  all.push(installer().ensure(made, waiter().options));
  go();
  const states = await Promise.all(all);
  expect(installs()).toBe(1);
  expect(new Set(states.map((state) => state?.hash)).size).toBe(1);
});

test('who gives up leaves the installation to who asks next', async () => {
  const root = folder();
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { made, installs } = request(root, () => gate);
  const one = installer();
  const first = waiter();
  const given = one.ensure(made, first.options);
  first.abort.abort(new Error('edited'));
  await expect(given).rejects.toThrow('edited');
  const second = one.ensure(made, waiter().options);
  go();
  expect(await second).toMatchObject({ last_status: 'ok' });
  expect(installs()).toBe(1);
});

test('what nobody wants any more is ended when something else is wanted', async () => {
  const root = folder();
  const signals: AbortSignal[] = [];
  const { made, installs } = request(root, async ({ signal }) => {
    signals.push(signal);
    if (signals.length > 1) return;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
  });
  const one = installer();
  const first = waiter();
  const given = one.ensure(made, first.options);
  await expect.poll(() => signals.length).toBe(1);
  first.abort.abort(new Error('edited'));
  await expect(given).rejects.toThrow('edited');
  writeFileSync(join(root, 'list'), 'changed');
  expect(await one.ensure(made, waiter().options)).toMatchObject({ last_status: 'ok' });
  expect(signals[0]!.aborted).toBe(true);
  expect(installs()).toBe(2);
});

test('a failure is told with the tool’s lines, recorded, and not repeated for each who asks', async () => {
  const root = folder();
  const { made, installs } = request(root, async (run) => {
    const result = await run.tool({
      command: 'sh',
      args: ['-c', 'echo looking; echo "ERROR: no such package: nope (https://me:secret@reg/)" >&2; exit 3'],
      cwd: root,
      env: process.env,
      onLine: run.progress,
    });
    if (!result.ok) throw toolFailed({ subject: 'list', tool: 'getter' }, result);
  });
  const one = installer();
  const { options, lines } = waiter();
  const failure = {
    code: 'dependency_failed',
    message:
      'The dependencies of list could not be installed: getter failed with exit code 3: no such package: nope (https://***@reg/)',
    details: { exit_code: 3, output: ['looking', 'ERROR: no such package: nope (https://***@reg/)'] },
  };
  await expect(one.ensure(made, options)).rejects.toMatchObject(failure);
  expect(lines).toContain('looking');
  expect(readState(root, 'php')).toMatchObject({ last_status: 'failed', last_error: failure.message });
  await expect(one.ensure(made, options)).rejects.toMatchObject(failure);
  expect(installs()).toBe(1);
  // Mended by an edit.
  writeFileSync(join(root, 'list'), 'other');
  await expect(one.ensure(made, options)).rejects.toMatchObject(failure);
  expect(installs()).toBe(2);
});

test('close ends what runs, and it counts as unfinished', async () => {
  const root = folder();
  const one = new Installer();
  let unfinished: boolean | null = null;
  const { made } = request(root, async (run) => {
    unfinished = run.unfinished;
    if (unfinished) return;
    await run.tool({ command: 'sleep', args: ['60'], cwd: root, env: process.env });
    run.signal.throwIfAborted();
  });
  const ended = one.ensure(made, waiter().options);
  ended.catch(() => {});
  await expect.poll(() => readState(root, 'php')?.last_status).toBe('installing');
  await one.close();
  await one.close();
  await expect(ended).rejects.toMatchObject({ code: 'dependency_failed' });
  expect(readState(root, 'php')).toMatchObject({ last_status: 'installing' });
  expect(await installer().ensure(made, waiter().options)).toMatchObject({ last_status: 'ok' });
  expect(unfinished).toBe(true);
});

test('two languages in one folder keep their states', async () => {
  const root = folder();
  await installer().ensure(request(root, () => {}, 'php').made, waiter().options);
  await installer().ensure(request(root, () => {}, 'node').made, waiter().options);
  expect(readState(root, 'php')).toMatchObject({ runtime: 'php', last_status: 'ok' });
  expect(readState(root, 'node')).toMatchObject({ runtime: 'node', last_status: 'ok' });
  expect(JSON.parse(readFileSync(join(root, STATE_FILE), 'utf8'))).toMatchObject({
    runtime: 'php',
    other_runtimes: { node: { runtime: 'node' } },
  });
});

test.for(['', '{', '[]', 'null', '{"runtime":"php"}', '{"runtime":"cobol","hash":"x"}'])(
  'a state file that is %j counts as none',
  async (text) => {
    const root = folder();
    writeFileSync(join(root, STATE_FILE), text);
    expect(readState(root, 'php')).toBeNull();
    const { made, installs } = request(root, () => {});
    await installer().ensure(made, waiter().options);
    expect(installs()).toBe(1);
  },
);

test('a folder that may not be written in says so', async () => {
  const { made } = request('/proc/self', () => {});
  await expect(installer().ensure(made, waiter().options)).rejects.toMatchObject({
    code: 'dependency_failed',
    message: expect.stringMatching(/could not be installed: .*(ENOENT|EACCES|EPERM)/),
  });
});

// Not even root may write there.
test.runIf(process.platform === 'linux')(
  'a folder that may only be read is taken as it is when all is there',
  async () => {
    const plan = (isPresent: boolean) => ({
      hash: 'x',
      isPresent,
      install: () => Promise.reject(new Error('not here')),
    });
    const ask = (isPresent: boolean) =>
      installer().ensure(
        { runtime: 'php', folder: '/sys', root: '/sys', plan: () => plan(isPresent) },
        waiter().options,
      );
    expect(await ask(true)).toBeNull();
    await expect(ask(false)).rejects.toMatchObject({ code: 'dependency_failed' });
  },
);
