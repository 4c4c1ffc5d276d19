import { eventually, type TestServer, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

interface Health {
  readonly functions: {
    readonly summary: Readonly<Record<string, number>>;
    readonly states: readonly {
      readonly name: string;
      readonly state: string;
      readonly workers: readonly { readonly pid: number; readonly state: string }[];
      readonly keep_warm: unknown;
    }[];
  };
}

const health = async (app: TestServer): Promise<Health> => (await app.fetch('/_fn/health')).json() as Promise<Health>;
const stateOf = async (app: TestServer, name: string) =>
  (await health(app)).functions.states.find((fn) => fn.name === name)!;

const node = 'export const handler = () => "ok";';
const python = 'def handler(event):\n    return "ok"\n';

/** A compiler may have to be waited for. */
const BUILD_MS = 60_000;

describe('health shows how warm a function is', () => {
  it('cold before the first call, warm after it, cold again when its worker was idle for long enough', async () => {
    const app = await useServer({
      files: { 'a/handler.js': node, 'a/fn.config.json': { worker_pool: { idle_ttl_seconds: 1 } } },
    });
    expect(await stateOf(app, 'a')).toMatchObject({ state: 'cold', workers: [] });
    await app.fetch('/a');
    expect(await stateOf(app, 'a')).toMatchObject({ state: 'warm', workers: [{ state: 'idle' }] });
    await eventually(async () => (await stateOf(app, 'a')).state === 'cold');
  });

  it.each([
    ['node', { 'w/handler.js': node }],
    ['python', { 'w/handler.py': python }],
    ['php', { 'w/handler.php': '<?php function handler($event) { return "ok"; }' }],
    ['go', { 'w/handler.go': 'package main\n\nfunc handler(event map[string]any) any { return "ok" }\n' }],
    ['rust', { 'w/handler.rs': 'use serde_json::Value;\npub fn handler(_: Value) -> Value { "ok".into() }\n' }],
  ])(
    '%s: kept warm from the start, stale while its worker does not answer, warm once it does',
    { timeout: 2 * BUILD_MS },
    async (_, files) => {
      const app = await useServer({
        files: { ...files, 'w/fn.config.json': { keep_warm: { enabled: true, ping_every_seconds: 1 } } },
      });
      await eventually(async () => (await stateOf(app, 'w')).state === 'warm', BUILD_MS);
      const before = await stateOf(app, 'w');
      expect(before.keep_warm).toEqual({ enabled: true, min_warm: 1, ping_every_seconds: 1, idle_ttl_seconds: 300 });
      expect((await health(app)).functions.summary).toMatchObject({
        total: 1,
        warm: 1,
        stale: 0,
        keep_warm_enabled: 1,
      });

      const { pid } = before.workers[0]!;
      process.kill(pid, 'SIGSTOP');
      try {
        await eventually(async () => (await stateOf(app, 'w')).state === 'stale');
        expect((await health(app)).functions.summary).toMatchObject({ warm: 0, stale: 1, cold: 0 });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventually(async () => (await stateOf(app, 'w')).state === 'warm');
      await app.fetch('/w');
      expect((await app.fetch('/w')).headers.get('x-fastfn-function-state')).toBe('warm');
    },
  );

  it('lua, inside the gateway, is kept warm as well', async () => {
    const app = await useServer({
      files: {
        'w/handler.lua': 'return function() return "ok" end',
        'w/fn.config.json': { keep_warm: { enabled: true } },
      },
    });
    await eventually(async () => (await stateOf(app, 'w')).state === 'warm');
    expect((await app.fetch('/w')).headers.get('x-fastfn-function-state')).toBe('cold');
    expect((await app.fetch('/w')).headers.get('x-fastfn-function-state')).toBe('warm');
  });
});
