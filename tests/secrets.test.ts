import { eventually, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

/** Values that a function was given in confidence stay hidden in all that FastFN itself shows. SPEC §4. */

const IN_FILE = 'file-4711-value';
const FLAGGED = 'flag-4711-value';
const FROM_OUTSIDE = 'real-4711-value';
const STORED = 'kept-4711-value';

const ENV = {
  API_TOKEN: IN_FILE,
  DSN: { value: FLAGGED, is_secret: true },
  DB_PASSWORD: 'replaced by the environment',
  STRIPE: { secret: true },
  PLAIN: 'plain-0815-value',
};

/** Each prints what it was given, and throws it. */
const LEAKS: Readonly<Record<string, readonly [file: string, code: string]>> = {
  node: [
    'handler.js',
    `export const handler = ({ env, secrets, query }) => {
  const all = [env.API_TOKEN, env.DSN, env.DB_PASSWORD, secrets.STRIPE, env.PLAIN].join(' ');
  console.log(all);
  console.error(all);
  if (query.throw) throw new Error(all);
  return { own: env.API_TOKEN };
};`,
  ],
  python: [
    'handler.py',
    `import sys
def handler(event):
    env = event["env"]
    everything = " ".join([env["API_TOKEN"], env["DSN"], env["DB_PASSWORD"], event["secrets"]["STRIPE"], env["PLAIN"]])
    print(everything)
    print(everything, file=sys.stderr)
    if event["query"].get("throw"):
        raise ValueError(everything)
    return {"own": env["API_TOKEN"]}
`,
  ],
  php: [
    'handler.php',
    `<?php
function handler($event) {
  $env = $event['env'];
  $all = implode(' ', [$env['API_TOKEN'], $env['DSN'], $env['DB_PASSWORD'], $event['secrets']['STRIPE'], $env['PLAIN']]);
  error_log($all);
  if (isset($event['query']['throw'])) throw new Exception($all);
  return ['own' => $env['API_TOKEN']];
}`,
  ],
  lua: [
    'handler.lua',
    `return function(event)
  local env = event.env
  local all = table.concat({ env.API_TOKEN, env.DSN, env.DB_PASSWORD, event.secrets.STRIPE, env.PLAIN }, " ")
  print(all)
  if event.query.throw then error(all) end
  return { own = env.API_TOKEN }
end`,
  ],
};

async function serve(env: Readonly<Record<string, string>> = {}) {
  const app = await useServer({
    files: {
      ...Object.fromEntries(Object.entries(LEAKS).map(([name, [file, code]]) => [`${name}/${file}`, code])),
      ...Object.fromEntries(Object.keys(LEAKS).map((name) => [`${name}/fn.env.json`, JSON.stringify(ENV)])),
      'fn.config.json': '{"include_debug_headers": true}',
      'broken/handler.js': 'throw new Error("cannot start with " + process.env.API_TOKEN);',
      'broken/fn.env.json': JSON.stringify(ENV),
    },
    env: { DB_PASSWORD: FROM_OUTSIDE, FN_CONSOLE_WRITE_ENABLED: '1', ...env },
  });
  const stored = await app.fetch('/_fn/secrets', {
    method: 'POST',
    body: JSON.stringify({ key: 'STRIPE', value: STORED }),
  });
  expect(stored.status).toBe(201);
  return app;
}

describe.each([
  ['one gateway', {}],
  ['two gateways', { FN_GATEWAYS: '2' }],
])('with %s', (_, env) => {
  it('what handlers print and throw shows no secret, in answers, logs and headers', async () => {
    const app = await serve(env);
    const seen: string[] = [];
    for (const name of Object.keys(LEAKS)) {
      const fine = await app.fetch(`/${name}`);
      // What a handler answers is its own business.
      expect(await fine.json()).toEqual({ own: IN_FILE });
      seen.push(JSON.stringify([...fine.headers]));

      for (const accept of ['application/json', 'text/html']) {
        const thrown = await app.fetch(`/${name}?throw=1`, { headers: { Accept: accept } });
        expect(thrown.status).toBe(500);
        const text = await thrown.text();
        expect(text, `${name}: the failure itself is shown`).toContain('plain-0815-value');
        seen.push(text, JSON.stringify([...thrown.headers]));
      }

      const invoked = await app.fetch('/_fn/invoke', {
        method: 'POST',
        body: JSON.stringify({ name, query: { throw: '1' } }),
      });
      seen.push(await invoked.text());
      await eventually(async () =>
        expect(app.logs.filter((line) => line.includes(`fn:${name}@`)).length).toBeGreaterThan(3),
      );
    }
    seen.push(await (await app.fetch('/broken')).text());
    await app.waitForLog(/broken.*cannot start with/);
    for (const path of [
      'logs?file=runtime',
      'logs?file=error',
      'logs?file=runtime&format=json',
      'catalog',
      'health',
      'metrics',
    ]) {
      seen.push(await (await app.fetch(`/_fn/${path}`)).text());
    }
    seen.push(await (await app.fetch('/openapi.json')).text(), ...app.logs);
    const all = seen.join('\n');
    expect(all).toContain('plain-0815-value');
    expect(all).toContain('<hidden> <hidden> <hidden> <hidden> plain-0815-value');
    expect(all.match(/\S*4711\S*/g)).toBeNull();
  });
});

it('a value that was replaced stays hidden as long as its workers live', async () => {
  const app = await serve();
  expect((await app.fetch('/node')).status).toBe(200);
  app.write('node/fn.env.json', JSON.stringify({ ...ENV, API_TOKEN: 'next-4711-value' }));
  await eventually(async () => expect(await (await app.fetch('/node')).json()).toEqual({ own: 'next-4711-value' }));
  expect(app.logs.join('\n')).not.toContain('4711');
});
