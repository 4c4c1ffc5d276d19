import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { inspectTree } from '@fastfn/server';
import { expect, onTestFinished, test } from 'vitest';
import { routeTable } from './route-table.js';

test('one line for each method of a route, and one for a route that takes them all', () => {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-table-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    'two/handler.js': '',
    'two/fn.config.json': '{"invoke": {"methods": ["POST", "GET"]}}',
    'app/handler.js': '',
    'app/fn.config.json': '{"invoke": {"adapter": "fetch"}}',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const { table } = inspectTree({ dir: root, cwd: root, env: {} });
  expect(routeTable(table).map((line) => stripVTControlCharacters(line).trimEnd())).toEqual([
    '  ANY   /app    node  app',
    '  ANY   /app/*  node  app',
    '  GET   /two    node  two',
    '  POST  /two    node  two',
  ]);
});
