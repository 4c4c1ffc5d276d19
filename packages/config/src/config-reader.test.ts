import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../test/temp-dir.js';
import { createConfigReader } from './config-reader.js';
import { MAX_CONFIG_FILE_BYTES } from './text/read-text.js';

/** Older than the step of file time stamps, so that the cache trusts the stamp. */
function age(file: string): void {
  const then = new Date(Date.now() - 60_000);
  utimesSync(file, then, then);
}

describe('createConfigReader', () => {
  it('reads the three files', () => {
    const { dir, path } = tempDir({
      'a/fn.config.json': '{"timeout_ms": 5}',
      'a/fn.env.json': '{"A": 1}',
      'a/fn.routes.json': '{"routes": {"/x": "x.js"}}',
    });
    const reader = createConfigReader({ root: dir });
    expect(reader.functionConfig(path('a/fn.config.json'))).toEqual({
      value: { timeoutMs: 5 },
      diagnostics: [],
      stale: false,
    });
    expect(reader.envFile(path('a/fn.env.json')).value?.values).toEqual({ A: '1' });
    expect(reader.routesFile(path('a/fn.routes.json')).value?.routes).toHaveLength(1);
  });

  it('names files relative to the root, with slashes', () => {
    const { dir, path } = tempDir({ 'a/b/fn.config.json': '{"timeout_ms": "x"}' });
    const { diagnostics } = createConfigReader({ root: dir }).functionConfig(path('a/b/fn.config.json'));
    expect(diagnostics.map(({ file }) => file)).toEqual(['a/b/fn.config.json']);
  });

  it('takes assets only in the root', () => {
    const text = '{"assets": {"directory": "public"}}';
    const { dir, path } = tempDir({ 'fn.config.json': text, 'a/fn.config.json': text });
    const reader = createConfigReader({ root: `${dir}/` });
    expect(reader.functionConfig(path('fn.config.json')).value?.assets).toBeDefined();
    expect(reader.functionConfig(path('a/fn.config.json'))).toMatchObject({
      value: {},
      diagnostics: [{ code: 'misplaced_key' }],
    });
  });

  it('keeps the last good value of a broken file until it is mended', () => {
    const { dir, write } = tempDir();
    const reader = createConfigReader({ root: dir });
    const file = write('fn.config.json', '{"timeout_ms": 5}');
    expect(reader.functionConfig(file).value).toEqual({ timeoutMs: 5 });

    for (const broken of ['', '{', '{"timeout_ms": "x"}', '\xff\xfe', '[]']) {
      write('fn.config.json', broken);
      const read = reader.functionConfig(file);
      expect(read).toMatchObject({ value: { timeoutMs: 5 }, stale: true });
      expect(read.diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
    }
    write('fn.config.json', '{"timeout_ms": 6}');
    expect(reader.functionConfig(file)).toEqual({ value: { timeoutMs: 6 }, diagnostics: [], stale: false });
  });

  it('has no value for a file that never was good, and none after forget', () => {
    const { dir, write } = tempDir();
    const reader = createConfigReader({ root: dir });
    const file = write('fn.config.json', '{"name": 1}');
    expect(reader.functionConfig(file)).toMatchObject({ value: null, stale: false });
    write('fn.config.json', '{"name": "x"}');
    expect(reader.functionConfig(file).value).toEqual({ name: 'x' });
    reader.forget(file);
    write('fn.config.json', '{"name": 1}');
    expect(reader.functionConfig(file)).toMatchObject({ value: null, stale: false });
  });

  it('hands out the same object while nothing changes, for young files too', () => {
    const { dir, write } = tempDir();
    const reader = createConfigReader({ root: dir });
    const young = write('fn.config.json', '{"timeout_ms": 5}');
    const first = reader.functionConfig(young);
    expect(reader.functionConfig(young)).toBe(first);
    age(young);
    expect(reader.functionConfig(young)).toBe(first);
    expect(reader.functionConfig(young)).toBe(first);
  });

  it('sees changes of the same length within one time stamp', () => {
    const { dir, write } = tempDir();
    const reader = createConfigReader({ root: dir });
    const file = write('fn.config.json', '{"timeout_ms": 0001}'.replace('000', ''));
    const stamp = new Date();
    for (let i = 1; i <= 9; i++) {
      writeFileSync(file, `{"timeout_ms": ${i}}`);
      utimesSync(file, stamp, stamp);
      expect(reader.functionConfig(file).value).toEqual({ timeoutMs: i });
    }
  });

  it('sees a file that was replaced by rename', () => {
    const { dir, write, path } = tempDir();
    const reader = createConfigReader({ root: dir });
    const file = write('fn.config.json', '{"timeout_ms": 1}');
    age(file);
    expect(reader.functionConfig(file).value).toEqual({ timeoutMs: 1 });
    const next = write('fn.config.json.tmp', '{"timeout_ms": 2}');
    age(next);
    renameSync(next, path('fn.config.json'));
    expect(reader.functionConfig(file).value).toEqual({ timeoutMs: 2 });
  });

  it('reports a file that is gone, and reads it when it is back', () => {
    const { dir, write } = tempDir();
    const reader = createConfigReader({ root: dir });
    const file = write('fn.env.json', '{"A": "1"}');
    reader.envFile(file);
    rmSync(file);
    expect(reader.envFile(file)).toMatchObject({
      stale: true,
      diagnostics: [{ message: 'fn.env.json: It cannot be read: there is no such file.' }],
    });
    write('fn.env.json', '{"A": "2"}');
    expect(reader.envFile(file).value?.values).toEqual({ A: '2' });
  });

  const MIB = MAX_CONFIG_FILE_BYTES;
  it.each<[string, string | Uint8Array, string | null]>([
    ['a byte order mark', '\uFEFF{"timeout_ms": 5}', null],
    ['CRLF', '{\r\n"timeout_ms": 5\r\n}\r\n', null],
    ['exactly 1 MiB', `{"timeout_ms": 5}${' '.repeat(MIB - 17)}`, null],
    ['more than 1 MiB', `{"timeout_ms": 5}${' '.repeat(MIB - 16)}`, 'larger than'],
    ['binary garbage', Uint8Array.from({ length: 256 }, (_, i) => i), 'not UTF-8'],
    ['a NUL', '{"timeout_ms": 5}\0', 'not UTF-8'],
    ['bad UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 'not UTF-8'],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), 'UTF-16'],
    ['nothing', '', 'empty'],
  ])('%s', (_, content, problem) => {
    const { dir, write } = tempDir();
    const read = createConfigReader({ root: dir }).functionConfig(write('fn.config.json', content));
    if (problem === null) expect(read).toEqual({ value: { timeoutMs: 5 }, diagnostics: [], stale: false });
    else {
      expect(read.value).toBeNull();
      expect(read.diagnostics).toHaveLength(1);
      expect(read.diagnostics[0]).toMatchObject({
        severity: 'error',
        message: expect.stringContaining(problem),
        fix: expect.any(String),
      });
    }
  });

  it('refuses a named pipe instead of waiting for what may come through it', () => {
    const { dir, path } = tempDir({});
    execFileSync('mkfifo', [path('fn.config.json')]);
    const { diagnostics } = createConfigReader({ root: dir }).functionConfig(path('fn.config.json'));
    expect(diagnostics[0]?.message).toContain('not a regular file');
  });

  it('refuses a folder of that name', () => {
    const { dir, path } = tempDir();
    mkdirSync(path('fn.config.json'));
    expect(createConfigReader({ root: dir }).functionConfig(path('fn.config.json')).diagnostics).toMatchObject([
      { severity: 'error' },
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('reports a file without permission', () => {
    const { dir, write } = tempDir();
    const file = write('fn.config.json', '{}');
    chmodSync(file, 0);
    expect(createConfigReader({ root: dir }).functionConfig(file).diagnostics[0]?.message).toContain(
      'permission denied',
    );
  });
});
