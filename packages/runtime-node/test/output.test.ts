import { expect, test } from 'vitest';
import { Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

/** Text the daemon logged for a worker so far, once it contains `text`. */
async function logged(worker: string, text: string): Promise<string> {
  for (;;) {
    const all = fixture.daemon.logs
      .filter((log) => log.worker === worker)
      .map((log) => log.text)
      .join('');
    if (all.includes(text)) return all;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('every way to print from JavaScript belongs to the call', async () => {
  using tree = new Tree({
    'h.mjs':
      'import fs, { writeSync } from "node:fs"; export const handler = async () => { console.log("a", { b: 1 }); console.error("c"); process.stdout.write(Buffer.from("d")); process.stderr.write("ZQ==", "base64"); fs.writeSync(1, "f"); writeSync(2, Buffer.from("xgx"), 1, 1); await new Promise((r) => fs.write(1, "h", r)); await new Promise((r) => process.stdout.write("i", r)); return process.stdout.isTTY; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  expect(await worker.answer()).toMatchObject({ text: 'false', stdout: 'a { b: 1 }\ndfhi', stderr: 'c\neg' });
  worker.stop();
});

test('what no call printed is logged by the daemon', async () => {
  using tree = new Tree({
    'h.mjs':
      'import { execFileSync, spawnSync } from "node:child_process"; console.log("at load"); export const handler = (e) => { setTimeout(() => console.log("after"), 10); spawnSync("echo", ["from a child"], { stdio: "inherit" }); return "ok"; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  await logged(worker.name, 'at load\n');
  expect(await worker.answer()).toMatchObject({ text: 'ok', stdout: '' });
  await logged(worker.name, 'from a child\n');
  await logged(worker.name, 'after\n');
  worker.stop();
});

test('a flood is cut at 64 KiB a stream, and neither blocks nor stays in memory', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = () => { const line = "é".repeat(5000); let n = 0; const before = process.memoryUsage.rss(); for (let i = 0; i < 20_000; i++) { console.log(line); n++; } console.error("end"); return { n, grown: process.memoryUsage.rss() - before < 60e6 }; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const answer = await worker.answer();
  worker.stop();
  expect(JSON.parse(answer.text)).toEqual({ n: 20_000, grown: true });
  expect(answer.stderr).toBe('end\n');
  const [kept, note] = answer.stdout.split('… ') as [string, string];
  expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(65_536);
  expect(Buffer.byteLength(kept)).toBeGreaterThan(65_500);
  expect(kept).not.toContain('\uFFFD');
  expect(note).toBe(`${20_000 * 10_001 - Buffer.byteLength(kept)} more bytes dropped\n`);
});

test('a flood outside calls is bounded too', async () => {
  using tree = new Tree({
    'h.mjs':
      'import { writeSync } from "node:fs"; export const handler = (e) => { setTimeout(() => { const line = "x".repeat(65_536); for (let i = 0; i < 3000; i++) process.stdout.write(line); process.stdout.write("THE END"); }); return "ok"; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  expect((await worker.answer()).text).toBe('ok');
  await worker.answer({ path: '/2' });
  expect((await worker.answer()).error).toBeNull();
  worker.stop();
});

test('an exception that nobody catches fails its call; the worker serves what was on its way, and ends', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = (e) => e.path === "/bad" ? new Promise(() => setTimeout(() => { throw new RangeError("late"); }, 5)) : new Promise((r) => setTimeout(() => r("other"), 100));',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  const other = worker.call();
  const bad = await worker.answer({ path: '/bad' });
  expect(bad).toMatchObject({
    error: { code: 'handler_error', debug: { type: 'RangeError', message: 'late', line: 1 } },
    stderr: expect.stringContaining('RangeError: late'),
  });
  expect((await other.answer).text).toBe('other');
  expect((await worker.answer()).text).toBe('other');
  expect(await worker.ended()).toEqual({ code: 1, signal: null });
});

test('a rejection that nobody handles fails its call, and is logged after it; the worker goes on', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = (e) => { if (e.path === "/during") { Promise.reject(new Error("stray")); return new Promise(() => {}); } if (e.path === "/after") setTimeout(() => Promise.reject(new Error("much later")), 5); return "ok"; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  expect((await worker.answer({ path: '/during' })).error).toMatchObject({
    code: 'handler_error',
    debug: { message: 'stray' },
  });
  expect((await worker.answer({ path: '/after' })).text).toBe('ok');
  expect(await logged(worker.name, 'much later')).toContain('Unhandled rejection: Error: much later');
  expect((await worker.answer()).text).toBe('ok');
  worker.stop();
});
