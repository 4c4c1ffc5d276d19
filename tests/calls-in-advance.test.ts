import { readFileSync } from 'node:fs';
import { tree } from '@fastfn/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startCli } from './support/cli.js';

const POOL = { worker_pool: { max_workers: 1, max_queue: 100 } };

const PYTHON = `
import os, time

def handler(event):
    query = event["query"]
    with open("seen.txt", "a") as seen:
        seen.write(query["n"] + "\\n")
    if "ms" in query:
        time.sleep(int(query["ms"]) / 1000)
    if "die" in query:
        os.kill(os.getpid(), 9)
    return query["n"]
`;

const PHP = `<?php
function handler($event) {
    file_put_contents('seen.txt', $event['query']['n'] . "\\n", FILE_APPEND);
    if (isset($event['query']['ms'])) {
        usleep($event['query']['ms'] * 1000);
    }
    if (isset($event['query']['die'])) {
        posix_kill(getmypid(), 9);
    }
    return (string) $event['query']['n'];
}
`;

async function serve(file: string, source: string) {
  const folder = tree({ [`fn/${file}`]: source, 'fn/fn.config.json': POOL });
  const server = await startCli(['run', '.'], folder.root);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  let n = 0;
  const ask = async (query = '') => {
    const id = String(++n);
    const response = await fetch(`${server.url}/fn?n=${id}${query}`);
    return { id, status: response.status, text: await response.text(), headers: response.headers };
  };
  /** So many calls, 40 at a time. */
  const load = async (count: number, queryOf: (i: number) => string = () => '') => {
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    let i = 0;
    const one = async (): Promise<void> => {
      while (i < count) answers.push(await ask(queryOf(i++)));
    };
    await Promise.all(Array.from({ length: 40 }, one));
    return answers;
  };
  return { ask, load, seen: () => readFileSync(folder.path('fn/seen.txt'), 'utf8').trim().split('\n') };
}

it.each([
  ['Python', 'handler.py', PYTHON],
  ['PHP', 'handler.php', PHP],
])(
  'one %s worker that dies again and again: each death costs one call, and none is called twice',
  {
    timeout: 60_000,
  },
  async (_name, file, source) => {
    const { load, seen } = await serve(file, source);
    await load(300);
    const deadly = new Set([50, 51, 200, 350]);
    const answers = await load(400, (i) => (deadly.has(i) ? '&die=1' : ''));
    const lost = answers.filter(({ status }) => status !== 200);
    expect(lost.map(({ status, text }) => [status, (JSON.parse(text) as { code: string }).code])).toEqual(
      Array(deadly.size).fill([502, 'worker_crashed']),
    );
    for (const { status, id, text } of answers) if (status === 200) expect(text).toBe(id);
    const ids = seen();
    expect(ids).toHaveLength(700);
    expect(new Set(ids).size).toBe(700);
  },
);

it.each([
  ['Python', 'handler.py', PYTHON],
  ['PHP', 'handler.php', PHP],
])(
  'one %s worker that is slow now and then: everybody is answered, once',
  {
    timeout: 60_000,
  },
  async (_name, file, source) => {
    const { load, seen } = await serve(file, source);
    await load(300);
    // Longer than a call may lie ready: those behind it come back, and go out again.
    const answers = await load(300, (i) => (i % 60 === 30 ? '&ms=120' : ''));
    for (const { status, id, text } of answers) expect([status, text]).toEqual([200, id]);
    const ids = seen();
    expect(ids).toHaveLength(600);
    expect(new Set(ids).size).toBe(600);
  },
);
