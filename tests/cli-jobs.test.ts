import { eventually, useServer } from '@fastfn/testing';
import { describe, expect, test } from 'vitest';
import { runCli } from './support/cli.js';

const FILES = {
  'report.js': 'exports.handler = (event) => "page " + event.query.page;',
  'bytes.js': 'exports.handler = () => Buffer.from([0, 255]);',
  'fails.js': 'exports.handler = () => ({ status: 503, body: "not now" });',
};

async function serve() {
  const app = await useServer({ files: FILES });
  const jobs = (...args: string[]) => runCli(['jobs', ...args, '--dir', app.root], app.root);
  const create = async (body: object): Promise<string> => {
    const response = await app.fetch('/_fn/jobs', { method: 'POST', body: JSON.stringify(body) });
    return ((await response.json()) as { id: string }).id;
  };
  const until = (id: string, status: string) =>
    eventually(async () => {
      const job = (await (await app.fetch(`/_fn/jobs/${id}`)).json()) as { status: string };
      return job.status === status;
    });
  return { jobs, create, until };
}

describe('fastfn jobs', () => {
  test('lists, shows, cancels and retries', async () => {
    const { jobs, create, until } = await serve();
    expect(await jobs()).toMatchObject({ code: 0, stdout: 'No jobs.\n' });
    const done = await create({ route: '/report', query: { page: '7' } });
    await until(done, 'done');
    const failed = await create({ route: '/fails' });
    await until(failed, 'failed');
    const later = await create({ route: '/bytes', run_at: Date.now() + 3_600_000 });

    const { stdout } = await jobs('list');
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${later}  queued    GET  /bytes  due 20\\d\\d-[\\dT:.-]+Z$`)),
      expect.stringMatching(new RegExp(`^${failed}  failed    GET  /fails  503  The function answered 503\\.$`)),
      expect.stringMatching(new RegExp(`^${done}  done      GET  /report  200$`)),
    ]);
    expect((await jobs('list', '--status', 'failed', '--limit', '1')).stdout.split('\n')[0]).toContain(failed);
    expect(JSON.parse((await jobs('list', '--json')).stdout).jobs).toHaveLength(3);

    expect(await jobs('show', done)).toMatchObject({
      code: 0,
      stdout: 'page 7\n',
      stderr: expect.stringContaining(done),
    });
    expect(JSON.parse((await jobs('show', failed, '--json')).stdout)).toMatchObject({
      status: 'failed',
      result: { status: 503, body: 'not now' },
    });
    expect(await jobs('show', later)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/ {2}due 20/),
    });

    expect((await jobs('cancel', later)).stdout).toContain('canceled');
    expect(await jobs('cancel', later)).toMatchObject({ code: 1, stderr: expect.stringContaining('409') });
    const again = await jobs('retry', done, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ retry_of: done, route: '/report' });
  }, 120_000);

  test.each<[string[], number, RegExp]>([
    [['show'], 2, /Which job\?/],
    [['drop', 'job_1'], 2, /"drop" is none of list, show, cancel, retry/],
    [['list', 'job_1'], 2, /list takes no id/],
    [['show', 'job_1'], 1, /404/],
    [['list', '--status', 'lost'], 1, /400.*"status" must be one of/],
  ])('jobs %j exits with %i', async (args, code, says) => {
    const { jobs } = await serve();
    const result = await jobs(...args);
    expect(result.stderr).toMatch(says);
    expect(result.code).toBe(code);
  });
});
