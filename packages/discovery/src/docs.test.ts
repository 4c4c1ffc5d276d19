import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { discoverTree, tree } from '../test/fixture.js';
import { DISCOVERY_DIAGNOSTICS } from './diagnostics.js';

const page = readFileSync(new URL('../../../docs/guide/routing.md', import.meta.url), 'utf8');

/** Cells of the tables whose first header cell is this one. */
function tables(header: string): string[][][] {
  const blocks = page.split(/\n\n+/).filter((block) => block.startsWith(`| ${header} |`));
  return blocks.map((block) =>
    block
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim().replaceAll('`', '')),
      ),
  );
}

describe('docs/guide/routing.md', () => {
  it.each(tables('File').map((rows) => [rows[0]![0]!, rows] as const))(
    'tells the truth in the table of %s',
    (_, rows) => {
      const root = tree(Object.fromEntries(rows.map(([file]) => [file!, ''])));
      const manifest = discoverTree(root);
      const answers = rows.map(([file]) => {
        const claims = manifest.claims.filter(({ fn }) => fn.entry === `${root}/${file}`);
        return [file, claims.map(({ methods, pattern }) => `${methods} ${pattern}`).join(', ') || '–'];
      });
      expect(answers).toEqual(rows);
      expect(manifest.diagnostics).toEqual([]);
    },
  );

  it('lists every code with its severity, and no other', () => {
    const [listed] = tables('Code');
    const known = Object.entries(DISCOVERY_DIAGNOSTICS).map(([code, { severity }]) => [code, severity]);
    expect(listed!.map(([code, severity]) => [code, severity])).toEqual(known.sort());
  });
});

it('every diagnostic says what to do', () => {
  for (const { fix } of Object.values(DISCOVERY_DIAGNOSTICS)) expect(fix).toMatch(/\.$|\.go$|`.*`/);
});
