import { expect, it } from 'vitest';
import { inEveryLanguage, type LanguageId } from './languages.js';
import { TEXT_SOURCES } from './text-sources.js';
import { startWalk } from './walk.js';

/** Answers `{"page": "showcase", "a": <query a, or null>}`. */
const SHOWCASE: Record<LanguageId, string> = {
  node: "export const handler = ({ query }) => ({ page: 'showcase', a: query.a ?? null });\n",
  typescript:
    "export const handler = ({ query }: { query: { a?: string } }) => ({ page: 'showcase', a: query.a ?? null });\n",
  python: 'def handler(event):\n    return {"page": "showcase", "a": event["query"].get("a")}\n',
  php: "<?php\n\nfunction handler($event)\n{\n    return ['page' => 'showcase', 'a' => $event['query']['a'] ?? null];\n}\n",
  lua: 'local null = require("cjson").null\n\nreturn function(event)\n  return { page = "showcase", a = event.query.a or null }\nend\n',
  rust: 'use serde_json::{json, Value};\n\npub fn handler(event: Value) -> Value {\n    json!({ "page": "showcase", "a": event["query"]["a"] })\n}\n',
  go: 'package main\n\nfunc handler(event map[string]any) any {\n\treturn map[string]any{"page": "showcase", "a": event["query"].(map[string]any)["a"]}\n}\n',
};

inEveryLanguage(({ id, extension }) => {
  it('D: homes of a folder and of the root', async () => {
    const { sees, restart, save } = await startWalk({
      files: {
        'functions/portal/fn.config.json': { home: { route: 'dashboard' } },
        [`functions/portal/get.dashboard.${extension}`]: TEXT_SOURCES[id]('dashboard'),
        [`functions/showcase.${extension}`]: SHOWCASE[id],
      },
    });
    await sees('/portal', 'dashboard');
    await sees('/portal/dashboard', 'dashboard');
    await sees('/', expect.stringMatching(/^<!doctype html/i));

    save('functions/fn.config.json', { home: { route: '/showcase' } });
    await sees('/?a=0', { page: 'showcase', a: '0' });

    await restart({ FN_HOME_FUNCTION: '/showcase' });
    await sees('/?a=1', { page: 'showcase', a: '1' });
  });
});
