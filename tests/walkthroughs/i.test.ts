import { expect, it } from 'vitest';
import { inEveryLanguage } from './languages.js';
import { TEXT_SOURCES } from './text-sources.js';
import { startWalk } from './walk.js';

inEveryLanguage(({ id, extension }) => {
  it('I: three at a time, six wait, the tenth is refused; who waits too long is told', async () => {
    const { ask, sees } = await startWalk({
      files: {
        [`functions/slow/handler.${extension}`]: TEXT_SOURCES[id]('done', 400),
        'functions/slow/fn.config.json': { worker_pool: { max_workers: 3, max_queue: 6, queue_timeout_ms: 20_000 } },
        [`functions/hasty/handler.${extension}`]: TEXT_SOURCES[id]('done', 400),
        'functions/hasty/fn.config.json': { worker_pool: { max_workers: 1, max_queue: 6, queue_timeout_ms: 100 } },
      },
    });
    await sees('/slow', 'done');
    await sees('/hasty', 'done');

    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/slow')));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 429]);
    expect(bodies.filter((body) => body.includes('worker_pool_overflow'))).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers.get('x-fastfn-queued') === 'true')).toHaveLength(6);

    const hasty = await Promise.all([ask('/hasty'), ask('/hasty')]);
    expect(hasty.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refusal = hasty.find(({ status }) => status === 429)!;
    expect(await refusal.json()).toMatchObject({ code: 'worker_pool_queue_timeout' });
  });
});
