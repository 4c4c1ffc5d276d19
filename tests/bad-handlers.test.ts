import { eventually, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

/** What handlers do to themselves stays with them: each row has a healthy neighbour that must not notice. */
const NEIGHBOUR = { 'ok.js': 'export const handler = () => "fine";' };

interface Row {
  readonly title: string;
  readonly file: string;
  readonly code: string;
  readonly config?: object;
  readonly status: number;
  readonly errorCode: string;
  /** In the text of the answer (dev). */
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    title: 'a syntax error (node)',
    file: 'bad.js',
    code: 'export const handler = () => {\n  return {;\n}',
    status: 500,
    errorCode: 'handler_error',
    says: /bad\.js/,
  },
  {
    title: 'a syntax error (typescript)',
    file: 'bad.ts',
    code: 'export const handler = (): = 1;',
    status: 500,
    errorCode: 'handler_error',
    says: /bad\.ts/,
  },
  {
    title: 'a syntax error (python)',
    file: 'bad.py',
    code: 'def handler(event:\n  return 1',
    status: 500,
    errorCode: 'handler_error',
    says: /bad\.py/,
  },
  {
    title: 'no handler (node)',
    file: 'bad.js',
    code: 'export const other = 1;',
    status: 500,
    errorCode: 'handler_error',
    says: /other/,
  },
  {
    title: 'no handler (python)',
    file: 'bad.py',
    code: 'def other(event): pass',
    status: 500,
    errorCode: 'handler_error',
    says: /other/,
  },
  {
    title: 'a missing module (node)',
    file: 'bad.js',
    code: 'import "./nowhere.js";\nexport const handler = () => 1;',
    status: 500,
    errorCode: 'handler_error',
    says: /nowhere/,
  },
  {
    title: 'a missing module (python)',
    file: 'bad.py',
    code: 'import nowhere_at_all\ndef handler(event): pass',
    status: 500,
    errorCode: 'dependency_failed',
    says: /nowhere_at_all/,
  },
  {
    title: 'a throw (node)',
    file: 'bad.js',
    code: '\nexport const handler = () => {\n  throw new RangeError("too far");\n};',
    status: 500,
    errorCode: 'handler_error',
    says: /too far/,
  },
  {
    title: 'a raise (python)',
    file: 'bad.py',
    code: 'def handler(event):\n    return 1 / 0\n',
    status: 500,
    errorCode: 'handler_error',
    says: /ZeroDivisionError/,
  },
  {
    title: 'an exit (node)',
    file: 'bad.js',
    code: 'export const handler = () => process.exit(3);',
    status: 502,
    errorCode: 'worker_crashed',
  },
  {
    title: 'an exit (python)',
    file: 'bad.py',
    code: 'import os\ndef handler(event):\n    os._exit(3)\n',
    status: 502,
    errorCode: 'worker_crashed',
  },
  {
    title: 'an endless loop (node)',
    file: 'bad.js',
    code: 'export const handler = () => { for (;;); };',
    config: { timeout_ms: 300 },
    status: 504,
    errorCode: 'timeout',
  },
  {
    title: 'an endless loop (python)',
    file: 'bad.py',
    code: 'def handler(event):\n    while True: pass\n',
    config: { timeout_ms: 300 },
    status: 504,
    errorCode: 'timeout',
  },
  {
    title: 'a promise that never settles',
    file: 'bad.js',
    code: 'export const handler = () => new Promise(() => {});',
    config: { timeout_ms: 300 },
    status: 504,
    errorCode: 'timeout',
  },
  {
    title: 'an await that never ends (python)',
    file: 'bad.py',
    code: 'import asyncio\nasync def handler(event):\n    await asyncio.Event().wait()\n',
    config: { timeout_ms: 300 },
    status: 504,
    errorCode: 'timeout',
  },
  {
    title: 'a function as answer',
    file: 'bad.js',
    code: 'export const handler = () => () => 1;',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'a circular object',
    file: 'bad.js',
    code: 'export const handler = () => { const a = {}; a.a = a; return a; };',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'NaN in an object (python)',
    file: 'bad.py',
    code: 'def handler(event):\n    return {"x": float("nan")}\n',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'a set in an object (python)',
    file: 'bad.py',
    code: 'def handler(event):\n    return {"x": {1, 2}}\n',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'a status of 99',
    file: 'bad.js',
    code: 'export const handler = () => ({ status: 99 });',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'a status in words',
    file: 'bad.py',
    code: 'def handler(event):\n    return {"status": "ok", "body": ""}\n',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'broken base64',
    file: 'bad.js',
    code: 'export const handler = () => ({ is_base64: true, body_base64: "%%%" });',
    status: 502,
    errorCode: 'invalid_response',
  },
  {
    title: 'a configuration that never was valid',
    file: 'bad/handler.js',
    code: 'export const handler = () => 1;',
    config: { timeout_ms: 'soon', invoke: { methods: 7 } },
    status: 500,
    errorCode: 'invalid_config',
  },
];

describe('a handler that goes wrong', () => {
  it.each(ROWS)('$title: $status $errorCode', async ({ file, code, config, status, errorCode, says }) => {
    // In a folder of its own, because a configuration there is for it alone.
    const folder = 'bad';
    const path = file.includes('/') ? file : `${folder}/${file.replace('bad.', 'index.')}`;
    const app = await useServer({
      files: { ...NEIGHBOUR, [path]: code, ...(config && { [`${folder}/fn.config.json`]: config }) },
    });

    const response = await app.fetch('/bad');
    const body = (await response.json()) as { error: string; code: string; request_id: string; details?: unknown };
    expect({ status: response.status, code: body.code }, JSON.stringify(body)).toEqual({ status, code: errorCode });
    expect(body.request_id).toBe(response.headers.get('x-request-id'));
    if (says) expect(JSON.stringify(body)).toMatch(new RegExp(says.source.replace('bad\\.', 'index\\.')));
    expect(await (await app.fetch('/ok')).text()).toBe('fine');
  });

  it('shows the line to a developer and nothing of it in production', async () => {
    const files = { 'bad.js': '\n\nexport const handler = () => {\n  throw new Error("the secret reason");\n};' };
    const dev = await useServer({ files, mode: 'dev' });
    const shown = await (await dev.fetch('/bad')).text();
    expect(shown).toContain('the secret reason');
    expect(shown).toMatch(/bad\.js/);
    expect(shown).toMatch(/"line":4/);

    const run = await useServer({ files, mode: 'run' });
    const hidden = await (await run.fetch('/bad')).text();
    expect(hidden).not.toMatch(/secret reason|bad\.js:4|stack/);
    expect(JSON.parse(hidden)).toMatchObject({ code: 'handler_error' });
  });

  it('keeps its other calls when one throws late, and serves on', async () => {
    const app = await useServer({
      files: {
        'late.js':
          'export const handler = () => { setTimeout(() => { throw new Error("late"); }, 5); return "in time"; };',
      },
    });
    expect(await (await app.fetch('/late')).text()).toBe('in time');
    await app.waitForLog(/late/);
    // A process in an unknown state ends when it is idle; another takes over.
    await eventually(async () => (await app.fetch('/late')).status === 200);
  });

  it('prints a gigabyte without harm', { timeout: 60_000 }, async () => {
    const app = await useServer({
      files: {
        'flood.py':
          'def handler(event):\n    line = "x" * 1048576\n    for _ in range(1024): print(line)\n    return "done"\n',
        'flood2.js':
          'const line = "x".repeat(1048576);\nexport const handler = () => { for (let i = 0; i < 1024; i++) console.log(line); return "done"; };',
        ...NEIGHBOUR,
      },
    });
    const before = process.memoryUsage().rss;
    expect(await (await app.fetch('/flood')).text()).toBe('done');
    expect(await (await app.fetch('/flood2')).text()).toBe('done');
    expect(await (await app.fetch('/ok')).text()).toBe('fine');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(app.logs.some((line) => /more bytes dropped/.test(line))).toBe(true);
  });
});
