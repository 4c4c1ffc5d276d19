import type { Runtime } from '@fastfn/core';

/** `ts` is the `node` runtime with a TypeScript handler. */
export type TemplateName = 'node' | 'ts' | 'python' | 'php' | 'lua' | 'go' | 'rust';

export interface Template {
  readonly runtime: Runtime;
  readonly entry: string;
  readonly handler: string;
  /** Further files by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Types for the editor, copied from `@fastfn/types` under their base name. The handler runs without them, except Go's. */
  readonly types?: string;
}

export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  node: {
    runtime: 'node',
    entry: 'handler.js',
    handler: `// @summary Says hello
// @query {"name": "Ada"}

/** @param {import('@fastfn/types').Event} event */
export const handler = (event) => ({ hello: event.query.name ?? 'world' });
`,
  },
  ts: {
    runtime: 'node',
    entry: 'handler.ts',
    handler: `// @summary Says hello
// @query {"name": "Ada"}
import type { Event } from '@fastfn/types';

export const handler = (event: Event) => ({ hello: event.query.name ?? 'world' });
`,
  },
  python: {
    runtime: 'python',
    entry: 'handler.py',
    handler: `# @summary Says hello
# @query {"name": "Ada"}
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastfn import Answer, Event


def handler(event: Event) -> Answer:
    return {"hello": event["query"].get("name", "world")}
`,
    types: 'python/fastfn.pyi',
    files: { 'requirements.txt': '# One package a line, for example:\n# requests==2.32.5\n' },
  },
  php: {
    runtime: 'php',
    entry: 'handler.php',
    handler: `<?php

// @summary Says hello
// @query {"name": "Ada"}

/**
 * @param array{
 *     method: string,
 *     path: string,
 *     query: array<string, string|list<string>>,
 *     params: array<string, string>,
 *     headers: array<string, string>,
 *     body: ?string,
 *     is_base64: bool,
 *     ...
 * } $event
 */
function handler(array $event): mixed
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

---@param event fastfn.Event
return function(event)
  return { hello = event.query.name or "world" }
end
`,
    types: 'lua/_fastfn.lua',
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
func handler(event Event) any {
	name := event.Query("name")
	if name == "" {
		name = "world"
	}
	return map[string]any{"hello": name}
}
`,
    types: 'go/fastfn.go',
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
