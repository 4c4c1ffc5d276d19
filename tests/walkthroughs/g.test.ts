import { expect, it } from 'vitest';
import { inEveryLanguage, type LanguageId } from './languages.js';
import { startWalk } from './walk.js';

interface Sources {
  /** Plain JSON `{"message": "V1"}`. */
  readonly v1: string;
  /** Plain JSON that looks a little like an envelope: `{"status": "success", "data": {"message": "V2"}}`. */
  readonly v2: string;
}

const SOURCES: Record<LanguageId, Sources> = {
  node: {
    v1: "export const handler = () => ({ message: 'V1' });\n",
    v2: "export const handler = () => ({ status: 'success', data: { message: 'V2' } });\n",
  },
  typescript: {
    v1: "export const handler = (): { message: string } => ({ message: 'V1' });\n",
    v2: "export const handler = (): object => ({ status: 'success', data: { message: 'V2' } });\n",
  },
  python: {
    v1: 'def handler(event):\n    return {"message": "V1"}\n',
    v2: 'def handler(event):\n    return {"status": "success", "data": {"message": "V2"}}\n',
  },
  php: {
    v1: "<?php\n\nfunction handler($event)\n{\n    return ['message' => 'V1'];\n}\n",
    v2: "<?php\n\nfunction handler($event)\n{\n    return ['status' => 'success', 'data' => ['message' => 'V2']];\n}\n",
  },
  lua: {
    v1: 'return function(event)\n  return { message = "V1" }\nend\n',
    v2: 'return function(event)\n  return { status = "success", data = { message = "V2" } }\nend\n',
  },
  rust: {
    v1: 'use serde_json::{json, Value};\n\npub fn handler(_event: Value) -> Value {\n    json!({ "message": "V1" })\n}\n',
    v2: 'use serde_json::{json, Value};\n\npub fn handler(_event: Value) -> Value {\n    json!({ "status": "success", "data": { "message": "V2" } })\n}\n',
  },
  go: {
    v1: 'package main\n\nfunc handler(event map[string]any) any {\n\treturn map[string]string{"message": "V1"}\n}\n',
    v2: 'package main\n\nfunc handler(event map[string]any) any {\n\treturn map[string]any{"status": "success", "data": map[string]any{"message": "V2"}}\n}\n',
  },
};

inEveryLanguage(({ id, extension }) => {
  it('G: a new version beside the old one, which then goes', async () => {
    const { v1, v2 } = SOURCES[id];
    const old = `functions/hello/handler.${extension}`;
    const { server, ask, remove, sees } = await startWalk({
      files: { [old]: v1, [`functions/hello/v2/handler.${extension}`]: v2 },
    });
    const success = { status: 'success', data: { message: 'V2' } };
    await sees('/hello', { message: 'V1' });
    await sees('/hello@v2', success);
    expect((await ask('/hello')).headers.get('content-type')).toMatch(/^application\/json/);
    expect((await ask('/hello@v2')).headers.get('content-type')).toMatch(/^application\/json/);
    expect((await ask('/hello/v2')).status).toBe(404);

    remove(old);
    // Meanwhile nobody who calls the new one notices.
    const answered = new Set<number>();
    while ((await ask('/hello')).status !== 404) answered.add((await ask('/hello@v2')).status);
    answered.add((await ask('/hello@v2')).status);
    expect([...answered]).toEqual([200]);
    await sees('/hello@v2', success);
    await server.waitFor(/^↻ .*− GET \/hello\b/m);
  });
});
