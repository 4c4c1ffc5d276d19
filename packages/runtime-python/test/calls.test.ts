import { tree } from '@fastfn/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, makeDaemon, specFor, startWorker } from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

describe('a plain handler', () => {
  it('answers', async () => {
    const { path } = tree({ 'handler.py': 'def handler(event):\n    return {"hello": event["query"].get("name")}\n' });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const ready = await worker.next((m) => m[0] === 30);
    expect(ready[1]).toMatchObject({ concurrency: 1, files: [path('handler.py')], pid: worker.pid });
    const answer = await call(worker, { query: ['name', 'Ada'] });
    expect(answer).toMatchObject({
      status: 200,
      text: '{"hello":"Ada"}',
      headers: { 'content-type': 'application/json' },
    });
  });
});
