/** Handlers of every language that answer what all subjects answer. Keys are file names below a functions folder. */

const helloJs = `export const handler = (event) => ({ hello: event.query.name ?? 'world' });\n`;
const helloPy = `def handler(event):\n    return {"hello": event["query"].get("name", "world")}\n`;

export const NODE = {
  'hello.js': helloJs,
  'post.echo.js': `export const handler = (event) => ({
  headers: { 'content-type': 'application/octet-stream' },
  body: event.raw_body,
});\n`,
  'stream.js': `const chunk = Buffer.alloc(1024, 'x');
export const handler = () => ({
  headers: { 'content-type': 'application/octet-stream' },
  body: (async function* () {
    for (let i = 0; i < 64; i++) yield chunk;
  })(),
});\n`,
};

export const TYPESCRIPT = {
  'hello.ts': `interface Event {
  query: Record<string, string | undefined>;
}
export const handler = (event: Event): { hello: string } => ({ hello: event.query.name ?? 'world' });\n`,
};

export const PYTHON = {
  'hello.py': helloPy,
  'post.echo.py': `def handler(event):
    return {"headers": {"content-type": "application/octet-stream"}, "body": event["raw_body"]}\n`,
  'stream.py': `CHUNK = b"x" * 1024


def chunks():
    for _ in range(64):
        yield CHUNK


def handler(event):
    return {"headers": {"content-type": "application/octet-stream"}, "body": chunks()}\n`,
};

export const PYTHON_ASYNC = { 'hello.py': `async ${helloPy}` };

export const PHP = {
  'hello.php': `<?php\nfunction handler(array $event) {\n    return ['hello' => $event['query']['name'] ?? 'world'];\n}\n`,
};

export const LUA = {
  'hello.lua': `return function(event)\n  return { hello = event.query.name or "world" }\nend\n`,
};

export const GO = {
  'hello.go': `package main

func handler(event map[string]any) any {
	name := "world"
	if query, ok := event["query"].(map[string]any); ok {
		if given, ok := query["name"].(string); ok {
			name = given
		}
	}
	return map[string]any{"hello": name}
}\n`,
};

export const RUST = {
  'hello.rs': `use serde_json::{json, Value};

pub fn handler(event: Value) -> Value {
    json!({ "hello": event["query"]["name"].as_str().unwrap_or("world") })
}\n`,
};

/** The config with which a sync Python function has exactly so many processes, and nobody is refused at c=64. */
export function pythonProcesses(/** @type {number} */ count) {
  return { 'fn.config.json': { worker_pool: { max_workers: count, max_queue: 1024 } } };
}

/** One-liners of many functions: which one answered is in the answer. */
export const small = {
  node: (/** @type {string | number} */ value) =>
    `export const handler = () => ({ value: ${JSON.stringify(value)} });\n`,
  python: (/** @type {string | number} */ value) =>
    `def handler(event):\n    return {"value": ${JSON.stringify(value)}}\n`,
  php: (/** @type {string | number} */ value) =>
    `<?php\nfunction handler(array $event) {\n    return ['value' => ${JSON.stringify(value)}];\n}\n`,
  lua: (/** @type {string | number} */ value) =>
    `return function(event)\n  return { value = ${JSON.stringify(value)} }\nend\n`,
  go: (/** @type {string | number} */ value) =>
    `package main\n\nfunc handler(event map[string]any) any {\n\treturn map[string]any{"value": ${JSON.stringify(value)}}\n}\n`,
  rust: (/** @type {string | number} */ value) =>
    `use serde_json::{json, Value};\n\npub fn handler(_event: Value) -> Value {\n    json!({ "value": ${JSON.stringify(value)} })\n}\n`,
};

/**
 * What the scenarios about all languages need of each. `tool` must be on PATH.
 * @type {readonly { runtime: keyof typeof small, title: string, extension: string, tool: string | null }[]}
 */
export const LANGUAGES = [
  { runtime: 'node', title: 'Node', extension: 'js', tool: null },
  { runtime: 'python', title: 'Python', extension: 'py', tool: 'python3' },
  { runtime: 'php', title: 'PHP', extension: 'php', tool: 'php' },
  { runtime: 'lua', title: 'Lua', extension: 'lua', tool: null },
  { runtime: 'go', title: 'Go', extension: 'go', tool: 'go' },
  { runtime: 'rust', title: 'Rust', extension: 'rs', tool: 'cargo' },
];
