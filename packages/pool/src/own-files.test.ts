import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OwnFiles } from './own-files.js';

test('a file is ours while it is written and as it was left, and somebody’s edit once it changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-own-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lock = join(folder, 'lock');
  const own = new OwnFiles();
  expect(own.isOurs(lock)).toBe(false);
  own.writing([lock]);
  writeFileSync(lock, 'half');
  expect(own.isOurs(lock)).toBe(true);
  writeFileSync(lock, 'whole lock');
  own.wrote([lock]);
  expect(own.isOurs(lock)).toBe(true);
  writeFileSync(lock, 'an edit of another length');
  expect(own.isOurs(lock)).toBe(false);
  expect(own.isOurs(lock)).toBe(false);
  own.wrote([lock]);
  rmSync(lock);
  expect(own.isOurs(lock)).toBe(false);
});
