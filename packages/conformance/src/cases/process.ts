import { realpathSync } from 'node:fs';
import { expect } from 'vitest';
import { defineCases } from '../case.js';
import { lineWith } from '../marked-line.js';

/** SPEC §7: module state, output, errors, environment. */
export const moduleStateCases = defineCases('module-state', 'counter', [
  {
    id: 'module-state.kept',
    title: 'variables of the module live between the calls of one worker',
    async script({ call }) {
      const counts: unknown[] = [];
      const pids = new Set<unknown>();
      for (let i = 0; i < 3; i++) {
        const { count, pid } = (await call({ path: '/counter' })).json();
        counts.push(count);
        pids.add(pid);
      }
      expect(counts).toEqual([1, 2, 3]);
      expect(pids.size).toBe(1);
    },
  },
]);

export const outputCases = defineCases('output', 'output', [
  {
    id: 'output.log',
    title: 'what a handler prints is in the log, with runtime, function, version and stream',
    steps: ({ runtime }) => [
      {
        request: { path: '/output?tag=a' },
        expect: { text: 'ok', log: new RegExp(`^\\[${runtime}\\] \\[fn:output@default stdout\\] out-a`) },
      },
      {
        request: { path: '/output?tag=b' },
        expect: { text: 'ok', log: new RegExp(`^\\[${runtime}\\] \\[fn:output@default stderr\\] err-b`) },
      },
    ],
  },
  {
    id: 'output.headers',
    title: 'debug headers carry it, one stream each',
    request: { path: '/output?tag=c' },
    expect: { headers: { 'x-fn-stdout': /out-c.*end-c/, 'x-fn-stderr': /err-c/ } },
  },
  {
    id: 'output.apart',
    title: 'the output of overlapping calls is not mixed',
    async script({ call }) {
      const tags = ['one', 'two', 'three', 'four'];
      const answers = await Promise.all(tags.map((tag) => call({ path: `/output?tag=${tag}` })));
      for (const [i, answer] of answers.entries()) {
        const stdout = answer.headers.get('x-fn-stdout') ?? '';
        expect(stdout).toContain(`out-${tags[i]}`);
        expect(stdout).toContain(`end-${tags[i]}`);
        for (const other of tags) if (other !== tags[i]) expect(stdout).not.toContain(`-${other}`);
      }
    },
  },
]);

export const errorCases = defineCases('errors', 'throws', [
  {
    id: 'errors.line',
    title: 'dev: an error shows message, file, the user’s line and its source',
    async script({ call, check, folder, subject }) {
      const { file, line, source } = lineWith(folder, 'ERROR-LINE', subject.extension);
      const answer = await call({ path: '/throws' });
      await check(answer, {
        status: 500,
        headers: { 'content-type': /^application\/json/ },
        jsonPart: { code: 'handler_error' },
      });
      const { debug, request_id } = answer.json() as { debug: Record<string, unknown>; request_id: string };
      expect(debug.message).toBe('boom-4711');
      expect(debug).toMatchObject({ file, line, source: expect.stringContaining(source.trim()) });
      expect(debug.stack).toContain('boom-4711');
      expect(answer.headers.get('x-request-id')).toBe(request_id);
    },
  },
  {
    id: 'errors.typescript-line',
    title: 'the line of TypeScript is that of the source, not of what was compiled',
    fn: 'typed',
    only: ['typescript'],
    async script({ call, folder, subject }) {
      const { file, line } = lineWith(folder, 'ERROR-LINE', subject.extension);
      const answer = await call({ path: '/typed?fail=1' });
      expect(answer.status).toBe(500);
      expect(answer.json().debug).toMatchObject({ file, line, message: 'typed-boom' });
    },
  },
  {
    id: 'errors.run',
    title: 'run: no internals in the answer, but in the log',
    mode: 'run',
    request: { path: '/throws' },
    expect: {
      status: 500,
      json: { error: expect.any(String), code: 'handler_error', request_id: expect.any(String) },
      hides: 'boom-4711',
      log: /boom-4711/,
    },
  },
  {
    id: 'errors.once',
    title: 'a handler runs once per request, also when it fails',
    async script({ call, logs }) {
      const before = logs.filter((line) => line.includes('throws-ran')).length;
      await call({ path: '/throws' });
      await call({ path: '/throws?again=1' });
      await expect.poll(() => logs.filter((line) => line.includes('throws-ran')).length).toBe(before + 2);
    },
  },
  {
    id: 'errors.bad-import',
    title: 'an import that fails is a handler_error naming what is missing',
    fn: 'bad-import',
    request: { path: '/bad-import' },
    expect: { status: 500, jsonPart: { code: 'handler_error' }, text: /_missing/ },
    skip: { rust: 'a missing module is a build failure', go: 'a missing package is a build failure' },
  },
  {
    id: 'errors.bad-start',
    title: 'what is raised while a handler is loaded is its answer, with the user’s line',
    fn: 'bad-start',
    async script({ call, check, folder, subject }) {
      const { file, line } = lineWith(folder, 'ERROR-LINE', subject.extension);
      const answer = await call({ path: '/bad-start' });
      await check(answer, { status: 500, jsonPart: { code: 'handler_error' }, text: /no-setting-4712/ });
      expect(answer.json().debug).toMatchObject({ file, line });
    },
    skip: { rust: 'nothing runs before a handler is called' },
  },
  {
    id: 'errors.no-callable',
    title: 'a file without a callable is a handler_error that says so',
    fn: 'no-callable',
    request: { path: '/no-callable' },
    expect: { status: 500, jsonPart: { code: 'handler_error' }, text: /handler/ },
    skip: {
      php: 'the output of a script is its body',
      rust: 'a missing handler is a build failure',
      go: 'a missing handler is a build failure',
    },
  },
]);

export const environmentCases = defineCases('environment', 'environment', [
  {
    id: 'environment.values',
    title: 'the process has the function’s values, the real environment wins, others’ and the gateway’s are absent',
    async script({ call, check, folder }) {
      await check(await call({ path: '/neighbour' }), { text: 'neighbour' });
      await check(await call({ path: '/environment' }), {
        json: {
          greeting: 'from fn.env.json',
          inherited: 'from the real environment',
          admin: null,
          foreign: null,
          path: true,
          cwd: realpathSync(folder),
        },
      });
    },
  },
]);
