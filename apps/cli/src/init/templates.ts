import type { Runtime } from '@fastfn/core';

/** `ts` is the `node` runtime with a TypeScript handler. */
export type TemplateName = 'node' | 'ts' | 'python' | 'php' | 'lua' | 'go' | 'rust';

export interface Template {
  readonly runtime: Runtime;
  readonly entry: string;
  readonly handler: string;
  /** Further files by relative path. */
  readonly files?: Readonly<Record<string, string>>;
}

export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  node: {
    runtime: 'node',
    entry: 'handler.js',
    handler: `// @summary Says hello
// @query {"name": "Ada"}
export const handler = (event) => ({ hello: event.query.name ?? 'world' });
`,
  },
  ts: {
    runtime: 'node',
    entry: 'handler.ts',
    handler: `// @summary Says hello
// @query {"name": "Ada"}
interface Event {
  query: Record<string, string>;
}

export const handler = (event: Event) => ({ hello: event.query.name ?? 'world' });
`,
  },
  python: {
    runtime: 'python',
    entry: 'handler.py',
    handler: `# @summary Says hello
# @query {"name": "Ada"}
def handler(event):
    return {"hello": event["query"].get("name", "world")}
`,
    files: { 'requirements.txt': '# One package a line, for example:\n# requests==2.32.5\n' },
  },
  php: {
    runtime: 'php',
    entry: 'handler.php',
    handler: `<?php

// @summary Says hello
// @query {"name": "Ada"}
function handler($event)
{
    return ['hello' => $event['query']['name'] ?? 'world'];
}
`,
  },
  lua: {
    runtime: 'lua',
    entry: 'handler.lua',
    handler: `-- @summary Says hello
-- @query {"name": "Ada"}
return function(event)
  return { hello = event.query.name or "world" }
end
`,
  },
  rust: {
    runtime: 'rust',
    entry: 'handler.rs',
    handler: `// @summary Says hello
// @query {"name": "Ada"}
use serde_json::{json, Value};

pub fn handler(event: Value) -> Value {
    json!({ "hello": event["query"]["name"].as_str().unwrap_or("world") })
}
`,
  },
  go: {
    runtime: 'go',
    entry: 'handler.go',
    handler: `package main

// @summary Says hello
// @query {"name": "Ada"}
func handler(event map[string]any) any {
	name, ok := event["query"].(map[string]any)["name"].(string)
	if !ok {
		name = "world"
	}
	return map[string]any{"hello": name}
}
`,
  },
};

/** The event of a first call, for tests of the handler without a server. */
export const SAMPLE_EVENT = {
  method: 'GET',
  path: '/',
  query: { name: 'Ada' },
  params: {},
  headers: { accept: 'application/json' },
  body: null,
  is_base64: false,
};
