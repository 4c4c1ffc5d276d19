import type { FunctionSpec, Prepared } from '@fastfn/core';
import { expect, it } from 'vitest';
import type { DaemonGroup } from './daemon-group.js';
import type { OwnFiles } from './own-files.js';
import { Preparer } from './preparer.js';

it('lets others have the event loop while a thousand functions are prepared', async () => {
  const prepared: string[] = [];
  const group = {
    adapter: {
      gathersPreparations: true,
      async prepare({ key, entry }: FunctionSpec): Promise<Prepared> {
        prepared.push(key);
        return { entry, env: {}, readPaths: [] };
      },
    },
    detect: async () => ({ ok: true }),
    isElsewhere: false,
  } as unknown as DaemonGroup;
  const preparer = new Preparer({
    logger: { log() {}, output() {} },
    maxParallel: 2,
    ownFiles: { writing() {}, wrote() {} } as unknown as OwnFiles,
    emit() {},
  });
  const keys = Array.from({ length: 1000 }, (_, i) => `node/f${i}@default`);
  const done: string[] = [];
  for (const key of keys) {
    const fn = { key, folder: '/', entry: '/f.js', runtime: 'node' } as FunctionSpec;
    preparer.prepare(group, fn, new AbortController().signal, {
      reads() {},
      done: () => done.push(key),
      failed() {},
    });
  }
  let turns = 0;
  for (; done.length < keys.length; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(turns).toBeGreaterThan(100);
  expect(prepared).toEqual(keys);
  expect(done).toEqual(keys);
  await preparer.idle();
});
