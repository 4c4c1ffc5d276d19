import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../test-support.js';
import { SmallFiles } from './small-files.js';

const HEADERS = { ETag: 'x' };

function folder(files: Readonly<Record<string, string>>): {
  root: string;
  write: (name: string, text: string) => void;
} {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-small-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { root, write };
}

async function keep(small: SmallFiles, file: string, text: string): Promise<void> {
  await small.keep(file, await small.look(file), HEADERS, Buffer.from(text));
}

const textOf = async (small: SmallFiles, file: string) => (await small.get(file))?.body.toString() ?? null;

describe('what is kept is given as long as the file is the same', () => {
  test('by its encoded name, with what was said about it', async () => {
    const { root } = folder({ 'a b.txt': 'text' });
    const small = new SmallFiles(root, 1000, 0);
    expect(small.get('/a%20b.txt')).toBeNull();
    await keep(small, '/a%20b.txt', 'text');
    expect(await small.get('/a%20b.txt')).toMatchObject({ headers: HEADERS });
    expect(await textOf(small, '/a%20b.txt')).toBe('text');
  });

  test.each<[string, (root: string) => void]>([
    ['other bytes', (root) => writeFileSync(join(root, 'a'), 'other')],
    ['as many other bytes, and its old time', (root) => rewriteUnseen(join(root, 'a'))],
    ['gone', (root) => rmSync(join(root, 'a'))],
    [
      'another file of the same name',
      (root) => {
        rmSync(join(root, 'a'));
        writeFileSync(join(root, 'a'), 'text');
      },
    ],
  ])('not once it is %s', async (_, change) => {
    const { root } = folder({ a: 'text' });
    const small = new SmallFiles(root, 1000, 0);
    await keep(small, '/a', 'text');
    change(root);
    expect(await textOf(small, '/a')).toBeNull();
    expect(small.get('/a')).toBeNull();
  });

  test('requests of one turn share a look that begins after all of them', async () => {
    const { root, write } = folder({ a: 'text' });
    const small = new SmallFiles(root, 1000, 0);
    await keep(small, '/a', 'text');
    const first = small.get('/a');
    expect(small.get('/a')).toBe(first);
    write('a', 'new text');
    expect(await first).toBeNull();
  });
});

describe('what is not kept', () => {
  test.each<[string, (small: SmallFiles, write: (text: string) => void) => Promise<void>]>([
    [
      'changed while it was read',
      async (small, write) => {
        const before = await small.look('/a');
        write('other');
        await small.keep('/a', before, HEADERS, Buffer.from('text'));
      },
    ],
    [
      'read only in part',
      async (small) => {
        await small.keep('/a', await small.look('/a'), HEADERS, Buffer.from('te'));
      },
    ],
    [
      'gone before it was read',
      async (small) => {
        await small.keep('/a', await small.look('/nothing'), HEADERS, Buffer.from('text'));
      },
    ],
  ])('a file that was %s', async (_, attempt) => {
    const { root, write } = folder({ a: 'text' });
    const small = new SmallFiles(root, 1000, 0);
    await attempt(small, (text) => write('a', text));
    expect(small.get('/a')).toBeNull();
  });

  test('a file that has only just changed', async () => {
    const { root } = folder({ a: 'text' });
    const small = new SmallFiles(root, 1000, 60_000);
    await keep(small, '/a', 'text');
    expect(small.get('/a')).toBeNull();
  });

  test('more than there is room for: the one that was not asked for the longest goes', async () => {
    const { root } = folder({ a: 'aaaa', b: 'bbbb', c: 'cccc', large: 'x'.repeat(11) });
    const small = new SmallFiles(root, 10, 0);
    await keep(small, '/a', 'aaaa');
    await keep(small, '/b', 'bbbb');
    await small.get('/a');
    await keep(small, '/c', 'cccc');
    await keep(small, '/large', 'x'.repeat(11));
    expect([await textOf(small, '/a'), await textOf(small, '/b'), await textOf(small, '/c')]).toEqual([
      'aaaa',
      null,
      'cccc',
    ]);
    expect(small.get('/large')).toBeNull();
  });
});

test('what was saved is what is sent, however often it was asked for before', { timeout: 60_000 }, async () => {
  const { root, write } = folder({ 'public/a.txt': '0' });
  const app = await startGateway({
    manifest: { root, assets: { directory: 'public', notFoundHandling: '404', runWorkerFirst: false } },
  });
  for (let i = 0; i < 200; i++) {
    // Of one length, so that only the times tell.
    const text = String(i).padStart(4, '0');
    write('public/a.txt', text);
    for (let again = 0; again < 3; again++) expect((await app.fetch('/a.txt')).text).toBe(text);
    // Now and then long enough that it is kept.
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 110));
    expect((await app.fetch('/a.txt')).text).toBe(text);
  }
});

/** As a tool does that keeps modification times. */
function rewriteUnseen(file: string): void {
  const { atime, mtime } = statSync(file);
  writeFileSync(file, 'TEXT');
  utimesSync(file, atime, mtime);
}
