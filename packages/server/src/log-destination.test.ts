import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { logDestination } from './log-destination.js';

let folder: string;
let file: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastfn-log-'));
  file = join(folder, 'log');
  fd = openSync(file, 'a');
});
afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const written = (): string => readFileSync(file, 'utf8');

it('writes what has gathered, in order, without being told to', async () => {
  const log = logDestination(fd);
  for (let i = 0; i < 100; i++) log.write(`${i}\n`);
  const all = Array.from({ length: 100 }, (_, i) => `${i}\n`).join('');
  await vi.waitFor(() => expect(written()).toBe(all));
  log.write('later\n');
  await vi.waitFor(() => expect(written()).toBe(`${all}later\n`));
});

it('writes more than it gathers, and whole', async () => {
  const log = logDestination(fd);
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 500; i++) log.write(line);
  await vi.waitFor(() => expect(written().length).toBe(500_000));
  expect(written().split('\n')).toHaveLength(501);
});

it('writes at once when asked', async () => {
  const log = logDestination(fd);
  log.write('the last word\n');
  log.flush();
  await vi.waitFor(() => expect(written()).toBe('the last word\n'));
  log.flush();
});
