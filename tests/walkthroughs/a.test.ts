import { expect, it } from 'vitest';
import { inEveryLanguage, type Language, type LanguageId } from './languages.js';
import { startWalk, type Walk } from './walk.js';

interface Sources {
  /** An envelope with `{"hello": <query name, else world>}` as JSON text. */
  readonly envelope: string;
  /** `{"version": 2}` */
  readonly v2: string;
  /** The text `other`. */
  readonly other: string;
  /** A function `main` that answers `{"from": "main"}`, beside a `handler`. */
  readonly named: string;
}

const SOURCES: Record<LanguageId, Sources> = {
  node: {
    envelope: `export const handler = (event) => {
  const name = event.query.name ?? 'world';
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ hello: name }) };
};
`,
    v2: 'export const handler = () => ({ version: 2 });\n',
    other: "export const handler = () => 'other';\n",
    named: `export const main = () => ({ from: 'main' });

export const handler = () => ({ from: 'handler' });
`,
  },
  typescript: {
    envelope: `interface Event {
  query: { name?: string };
}

export const handler = ({ query }: Event) => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ hello: query.name ?? 'world' }),
});
`,
    v2: 'export const handler = (): { version: number } => ({ version: 2 });\n',
    other: "export const handler = (): string => 'other';\n",
    named: `interface Said {
  from: string;
}

export const main = (): Said => ({ from: 'main' });

export const handler = (): Said => ({ from: 'handler' });
`,
  },
  python: {
    envelope: `import json


def handler(event):
    name = event["query"].get("name", "world")
    return {"status": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps({"hello": name})}
`,
    v2: `def handler(event):
    return {"version": 2}
`,
    other: `def handler(event):
    return "other"
`,
    named: `def main(event):
    return {"from": "main"}


def handler(event):
    return {"from": "handler"}
`,
  },
  php: {
    envelope: `<?php

function handler($event)
{
    $name = $event['query']['name'] ?? 'world';
    return [
        'status' => 200,
        'headers' => ['Content-Type' => 'application/json'],
        'body' => json_encode(['hello' => $name]),
    ];
}
`,
    v2: `<?php

function handler($event)
{
    return ['version' => 2];
}
`,
    other: `<?php

function handler($event)
{
    return 'other';
}
`,
    named: `<?php

function main($event)
{
    return ['from' => 'main'];
}

function handler($event)
{
    return ['from' => 'handler'];
}
`,
  },
  lua: {
    envelope: `local cjson = require("cjson")

return function(event)
  local name = event.query.name or "world"
  return { status = 200, headers = { ["Content-Type"] = "application/json" }, body = cjson.encode({ hello = name }) }
end
`,
    v2: `return function(event)
  return { version = 2 }
end
`,
    other: `return function(event)
  return "other"
end
`,
    named: `return {
  main = function(event)
    return { from = "main" }
  end,
  handler = function(event)
    return { from = "handler" }
  end,
}
`,
  },
  rust: {
    envelope: `use serde_json::{json, Value};

pub fn handler(event: Value) -> Value {
    let name = event["query"]["name"].as_str().unwrap_or("world");
    json!({
        "status": 200,
        "headers": { "Content-Type": "application/json" },
        "body": json!({ "hello": name }).to_string(),
    })
}
`,
    v2: `use serde_json::{json, Value};

pub fn handler(_event: Value) -> Value {
    json!({ "version": 2 })
}
`,
    other: `use serde_json::Value;

pub fn handler(_event: Value) -> &'static str {
    "other"
}
`,
    named: `use serde_json::{json, Value};

pub fn main(_event: Value) -> Value {
    json!({ "from": "main" })
}

pub fn handler(_event: Value) -> Value {
    json!({ "from": "handler" })
}
`,
  },
  go: {
    envelope: `package main

import "encoding/json"

func handler(event map[string]any) (any, error) {
	name := event["query"].(map[string]any)["name"]
	if name == nil {
		name = "world"
	}
	body, err := json.Marshal(map[string]any{"hello": name})
	return map[string]any{
		"status":  200,
		"headers": map[string]any{"Content-Type": "application/json"},
		"body":    string(body),
	}, err
}
`,
    v2: `package main

func handler(event map[string]any) any {
	return map[string]any{"version": 2}
}
`,
    other: `package main

func handler(event map[string]any) any {
	return "other"
}
`,
    named: `package main

func main(event map[string]any) any {
	return map[string]any{"from": "main"}
}

func handler(event map[string]any) any {
	return map[string]any{"from": "handler"}
}
`,
  },
};

const CONFIG = 'functions/my-profile/fn.config.json';
const INVOKE = { methods: ['GET'], summary: 'Who am I?', query: { name: 'World' } };
const LIMITS = { timeout_ms: 1200, max_concurrency: 10 };

interface Operation {
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly example: unknown }[];
}

/**
 * @param saved what the reader does after each save: nothing, or asking for a reload, which says whether all is well.
 */
async function walkThrough(
  { id, extension }: Language,
  walk: Walk,
  saved: (ok: boolean) => Promise<void>,
): Promise<void> {
  const { v2, other, named } = SOURCES[id];
  const { ask, sees, save, remove } = walk;
  const operations = async (): Promise<Record<string, Operation>> => {
    const document = (await (await ask('/openapi.json')).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    return document.paths['/my-profile']!;
  };

  await sees('/my-profile?name=Ada', { hello: 'Ada' });
  expect((await ask('/my-profile')).headers.get('content-type')).toBe('application/json');
  const documented = await operations();
  expect(Object.keys(documented)).toEqual(['get']);
  expect(documented.get).toMatchObject({
    summary: 'Who am I?',
    parameters: [{ name: 'name', in: 'query', example: 'World' }],
  });

  save(CONFIG, { ...LIMITS, invoke: { ...INVOKE, methods: ['POST'] } });
  await saved(true);
  await sees('/my-profile?name=Ada', { hello: 'Ada' }, { init: { method: 'POST' } });
  const refused = await ask('/my-profile');
  expect(refused.status).toBe(405);
  expect(refused.headers.get('allow')).toMatch(/\bPOST\b/);
  expect(refused.headers.get('allow')).not.toMatch(/\bGET\b/);
  expect(Object.keys(await operations())).toEqual(['post']);

  save(CONFIG, { ...LIMITS, invoke: { ...INVOKE, routes: ['/api/profile', '/public/whoami'] } });
  await saved(true);
  for (const path of ['/api/profile', '/public/whoami', '/my-profile'])
    await sees(`${path}?name=Ada`, { hello: 'Ada' });

  save('functions/other/fn.config.json', { invoke: { routes: ['/api/profile'] } });
  save(`functions/other/handler.${extension}`, other);
  await saved(false);
  await sees(
    '/api/profile',
    expect.objectContaining({
      code: 'route_conflict',
      error: expect.stringMatching(/my-profile.*other|other.*my-profile/),
    }),
    { status: 409 },
  );
  await sees('/public/whoami', { hello: 'world' });
  await sees('/other', 'other');
  remove('functions/other');
  await saved(true);
  await sees('/api/profile', { hello: 'world' });

  save(`functions/my-profile/v2/handler.${extension}`, v2);
  await saved(true);
  await sees('/my-profile@v2', { version: 2 });
  await sees('/my-profile', { hello: 'world' });

  save(CONFIG, { invoke: { methods: ['GET'], handler: 'main' } });
  save(`functions/my-profile/handler.${extension}`, named);
  await saved(true);
  await sees('/my-profile', { from: 'main' });
}

const files = ({ id, extension }: Language) => ({
  [`functions/my-profile/handler.${extension}`]: SOURCES[id].envelope,
  [CONFIG]: { ...LIMITS, invoke: INVOKE },
});

inEveryLanguage((language) => {
  it('A: one function and everything around it, live when saved', async () => {
    const walk = await startWalk({ files: files(language) });
    await walkThrough(language, walk, async () => {});
  });

  it('A: the same with a reload asked for after each save', async () => {
    const walk = await startWalk({ files: files(language), args: ['dev', '--no-hot-reload'] });
    await walkThrough(language, walk, async (ok) => {
      const response = await walk.ask('/_fn/reload', { method: 'POST' });
      expect(await response.json()).toMatchObject({ ok });
    });
  });
});
