import type { LanguageId } from './languages.js';

/** How a language writes the few kinds of handlers that trees of files are made of. */
export interface TreeSources {
  /** A private module `_shared` beside them: `describe(what)` gives `{what, from: "_shared"}`. */
  readonly shared: string;
  /** Answers `describe("all users")` of the module beside it. */
  readonly all: string;
  /** Answers `describe("user <id>")` of the module beside it. */
  readonly one: string;
  /** Answers `{<key>: <path parameter>}`, null where there is none. */
  parameter(key: string, name: string): string;
  /** Answers `{<key>: <number>}`. */
  number(key: string, value: number): string;
  /** Answers 201 with `{"placed": true}`. */
  readonly created: string;
}

export const TREE_SOURCES: Record<LanguageId, TreeSources> = {
  node: {
    shared: "export const describe = (what) => ({ what, from: '_shared' });\n",
    all: "import { describe } from './_shared.js';\n\nexport const handler = () => describe('all users');\n",
    one: "import { describe } from './_shared.js';\n\nexport const handler = (event, { id }) => describe('user ' + id);\n",
    parameter: (key, name) => `export const handler = (event, { ${name} }) => ({ ${key}: ${name} ?? null });\n`,
    number: (key, value) => `export const handler = () => ({ ${key}: ${value} });\n`,
    created: 'export const handler = () => ({ status: 201, body: { placed: true } });\n',
  },
  typescript: {
    shared: "export const describe = (what: string) => ({ what, from: '_shared' });\n",
    all: "import { describe } from './_shared';\n\nexport const handler = () => describe('all users');\n",
    one: "import { describe } from './_shared';\n\nexport const handler = (event: unknown, { id }: { id: string }) => describe('user ' + id);\n",
    parameter: (key, name) =>
      `export const handler = (event: unknown, { ${name} }: { ${name}?: string }) => ({ ${key}: ${name} ?? null });\n`,
    number: (key, value) => `export const handler = (): object => ({ ${key}: ${value} });\n`,
    created: 'export const handler = (): object => ({ status: 201, body: { placed: true } });\n',
  },
  python: {
    shared: 'def describe(what):\n    return {"what": what, "from": "_shared"}\n',
    all: 'from _shared import describe\n\n\ndef handler(event):\n    return describe("all users")\n',
    one: 'from _shared import describe\n\n\ndef handler(event, id):\n    return describe(f"user {id}")\n',
    parameter: (key, name) => `def handler(event, ${name}=None):\n    return {"${key}": ${name}}\n`,
    number: (key, value) => `def handler(event):\n    return {"${key}": ${value}}\n`,
    created: 'def handler(event):\n    return {"status": 201, "body": {"placed": True}}\n',
  },
  php: {
    shared: "<?php\n\nfunction describe($what)\n{\n    return ['what' => $what, 'from' => '_shared'];\n}\n",
    all: "<?php\n\nrequire_once '_shared.php';\n\nfunction handler($event)\n{\n    return describe('all users');\n}\n",
    one: "<?php\n\nrequire_once '_shared.php';\n\nfunction handler($event, $params)\n{\n    return describe(\"user {$params['id']}\");\n}\n",
    parameter: (key, name) =>
      `<?php\n\nfunction handler($event, $params)\n{\n    return ['${key}' => $params['${name}'] ?? null];\n}\n`,
    number: (key, value) => `<?php\n\nfunction handler($event)\n{\n    return ['${key}' => ${value}];\n}\n`,
    created: "<?php\n\nfunction handler($event)\n{\n    return ['status' => 201, 'body' => ['placed' => true]];\n}\n",
  },
  lua: {
    shared: 'local M = {}\n\nfunction M.describe(what)\n  return { what = what, from = "_shared" }\nend\n\nreturn M\n',
    all: 'local shared = require("_shared")\n\nreturn function(event)\n  return shared.describe("all users")\nend\n',
    one: 'local shared = require("_shared")\n\nreturn function(event, params)\n  return shared.describe("user " .. params.id)\nend\n',
    parameter: (key, name) =>
      `local null = require("cjson").null\n\nreturn function(event, params)\n  return { ${key} = params.${name} or null }\nend\n`,
    number: (key, value) => `return function(event)\n  return { ${key} = ${value} }\nend\n`,
    created: 'return function(event)\n  return { status = 201, body = { placed = true } }\nend\n',
  },
  rust: {
    shared:
      'use serde_json::{json, Value};\n\npub fn describe(what: &str) -> Value {\n    json!({ "what": what, "from": "_shared" })\n}\n',
    all: 'mod _shared;\n\nuse serde_json::Value;\n\npub fn handler() -> Value {\n    _shared::describe("all users")\n}\n',
    one: 'mod _shared;\n\nuse serde_json::Value;\n\npub fn handler(_event: Value, params: Value) -> Value {\n    _shared::describe(&format!("user {}", params["id"].as_str().unwrap_or_default()))\n}\n',
    parameter: (key, name) =>
      `use serde_json::{json, Value};\n\npub fn handler(_event: Value, params: Value) -> Value {\n    json!({ "${key}": params["${name}"] })\n}\n`,
    number: (key, value) =>
      `use serde_json::{json, Value};\n\npub fn handler() -> Value {\n    json!({ "${key}": ${value} })\n}\n`,
    created:
      'use serde_json::{json, Value};\n\npub fn handler() -> Value {\n    json!({ "status": 201, "body": { "placed": true } })\n}\n',
  },
  go: {
    shared:
      'package main\n\nfunc describe(what string) any {\n\treturn map[string]any{"what": what, "from": "_shared"}\n}\n',
    all: 'package main\n\nfunc handler() any {\n\treturn describe("all users")\n}\n',
    one: 'package main\n\nfunc handler(event map[string]any, params map[string]string) any {\n\treturn describe("user " + params["id"])\n}\n',
    parameter: (key, name) =>
      `package main\n\nfunc handler(event, params map[string]any) any {\n\treturn map[string]any{"${key}": params["${name}"]}\n}\n`,
    number: (key, value) => `package main\n\nfunc handler() any {\n\treturn map[string]any{"${key}": ${value}}\n}\n`,
    created:
      'package main\n\nfunc handler() any {\n\treturn map[string]any{"status": 201, "body": map[string]any{"placed": true}}\n}\n',
  },
};
