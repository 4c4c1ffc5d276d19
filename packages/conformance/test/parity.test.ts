import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CASES } from '../src/index.js';
import { casesOf, PARITY, type Passed, renderParity } from '../src/parity.js';

const PAGE = fileURLToPath(new URL('../../../docs/reference/parity.md', import.meta.url));

/** Vitest's JSON report of a whole run, which `pnpm parity` makes; without it, all is taken to pass. */
const RESULTS = process.env.FASTFN_PARITY_RESULTS;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

function readPassed(file: string): Passed {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const cases = new Set<string>();
  const proofs = new Map<string, boolean>();
  for (const { name, assertionResults } of testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      // Vitest puts quotes around values in titles.
      const suite = (ancestorTitles[0] ?? '').replace(/^'|'$/g, '');
      if (suite.startsWith('conformance: ')) {
        if (status === 'passed') cases.add(`${suite.slice(13)} ${title.split(': ', 1)[0]}`);
        continue;
      }
      const proof = `${suite} ${name.slice(name.indexOf('/tests/') + 1)}`;
      if (status === 'passed') proofs.set(proof, proofs.get(proof) ?? true);
      else if (status === 'failed') proofs.set(proof, false);
    }
  }
  return ({ id, runtime }, proof) => cases.has(`${id} ${proof}`) || (proofs.get(`${runtime} ${proof}`) ?? false);
}

it('the page of the documentation is what the cases say (`pnpm parity` writes it)', async () => {
  const page = renderParity(CASES, RESULTS === undefined ? undefined : readPassed(RESULTS));
  expect(page.match(/^.*✗.*$/gm) ?? []).toEqual([]);
  await expect(page).toMatchFileSnapshot(PAGE);
});

it('every case belongs to a line of the page', () => {
  const shown = new Set(PARITY.flatMap((row) => casesOf(row, CASES)).map(({ id }) => id));
  expect(CASES.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
});
