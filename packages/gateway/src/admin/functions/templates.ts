import type { Runtime } from '@fastfn/core';

export interface HandlerTemplate {
  readonly file: string;
  readonly code: string;
}

/** A first handler in each language: it answers with the query it got. */
export const TEMPLATES: Readonly<Record<Runtime, HandlerTemplate>> = {
  node: { file: 'handler.js', code: 'export const handler = (event) => ({ query: event.query });\n' },
  python: { file: 'handler.py', code: 'def handler(event):\n    return {"query": event["query"]}\n' },
  php: {
    file: 'handler.php',
    code: "<?php\n\nfunction handler($event)\n{\n    return ['query' => (object) $event['query']];\n}\n",
  },
  lua: { file: 'handler.lua', code: 'return function(event)\n  return { query = event.query }\nend\n' },
  rust: {
    file: 'handler.rs',
    code: 'use serde_json::{json, Value};\n\npub fn handler(event: Value) -> Value {\n    json!({ "query": event["query"] })\n}\n',
  },
  go: {
    file: 'handler.go',
    code: 'package main\n\nfunc handler(event map[string]any) any {\n\treturn map[string]any{"query": event["query"]}\n}\n',
  },
};
