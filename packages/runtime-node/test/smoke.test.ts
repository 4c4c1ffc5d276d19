import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildShim } from './build-shim.js';
import { TestDaemon, Tree } from './client.js';

let shim: { folder: string; remove(): void };
let daemon: TestDaemon;
beforeAll(async () => {
  shim = await buildShim();
  daemon = await TestDaemon.start(shim.folder);
});
afterAll(async () => {
  await daemon.close();
  shim.remove();
});
test('smoke', async () => {
  using tree = new Tree({
    'hello.js':
      'import {b} from "./b.ts"; export const handler = (e, {id}) => { console.log("hi"); return { hello: e.query.name, id, b } }',
    'b.ts': 'enum X {a=5}; export const b: number = X.a',
  });
  const worker = await daemon.worker(tree, 'hello.js');
  expect(worker.loadError).toBe(null);
  console.log(worker.ready);
  const a = await worker.answer({ query: ['name', 'Ada'], params: ['id', '7'] });
  console.log(a, daemon.logs);
  expect(JSON.parse(a.text)).toEqual({ hello: 'Ada', id: '7', b: 5 });
  worker.stop();
  console.log(await worker.ended());
});
