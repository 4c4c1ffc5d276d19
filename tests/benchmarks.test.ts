import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const repository = fileURLToPath(new URL('../', import.meta.url));
// Plain JavaScript, like all of benchmarks/: it has no declarations.
const library = (name: string) => import(join(repository, 'benchmarks/lib', name));
const { saveRun, savedRuns } = await library('saved-runs.mjs');
const { sideBySide, withRuns } = await library('side-by-side.mjs');
const { allocatedSince, collections } = await library('allocations.mjs');

const machine = {
  date: '2026-01-02T03:04:05.000Z',
  cpu: 'Some CPU',
  cores: 2,
  memoryGiB: 8,
  system: 'Linux',
  load: [0.1, 0.2, 0.3],
  node: 'v20.20.2',
  python: '3.11.7',
  fastfn: '0.1.0',
  commit: 'abc1234',
};

function report(rps: number, date = machine.date, scenario = 'throughput') {
  const row = (subject: string, values: number[]) => ({ subject, metrics: { rps: { unit: '/s', values } } });
  return {
    machine: { ...machine, date },
    load: 'wrk 4.1.0',
    command: `pnpm bench --scenario ${scenario}`,
    rounds: 3,
    seconds: 5,
    warmup: 10,
    versions: {},
    missing: {},
    titles: { 'fastfn-node': 'FastFN, Node function', 'node-http': 'node:http' },
    results: [
      {
        scenario,
        title: scenario,
        baseline: 'node-http',
        rows: [row('fastfn-node', [rps, rps, 2 * rps]), row('node-http', [100, 100, 100])],
      },
    ],
  };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'fastfn-results-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('runs that are kept', () => {
  it('lie side by side, the newest first', () => {
    const results = folder();
    saveRun(results, 'tuesday', report(90, '2026-01-03T00:00:00.000Z'));
    saveRun(results, 'monday', report(70));
    const page = sideBySide(savedRuns(results));
    expect(page).toContain('|  | tuesday | monday |');
    expect(page).toContain('| Node function / node:http, 1 process | 0.8 · 1 × | 0.9 (0.9–1.8) ✓ | 0.7 (0.7–1.4) ✗ |');
    expect(page).toContain('### throughput: rps, × node:http');
    expect(page).toContain('| FastFN, Node function | 0.9 (0.9–1.8) | 0.7 (0.7–1.4) |');
    expect(page).toContain('## All figures of tuesday');
  });

  it('take further scenarios, and replace what is measured again', () => {
    const results = folder();
    saveRun(results, 'monday', report(70));
    saveRun(results, 'monday', report(50, machine.date, 'latency'));
    saveRun(results, 'monday', report(80));
    const [run] = savedRuns(results);
    expect(run.results.map(({ scenario }: { scenario: string }) => scenario)).toEqual(['latency', 'throughput']);
    expect(run.commands).toHaveLength(3);
    expect(sideBySide([run])).toContain('0.8 (0.8–1.6) ✓');
  });

  it.each([
    ['another commit', { machine: { ...machine, commit: 'def5678' } }, /another commit: abc1234, now def5678/],
    ['another warm-up', { warmup: 1 }, /another warm-up/],
  ])('refuse %s', (_, other, message) => {
    const results = folder();
    saveRun(results, 'monday', report(70));
    expect(() => saveRun(results, 'monday', { ...report(70), ...other })).toThrow(message);
  });

  it.each(['', '../x', 'a b'])('refuse the name "%s"', (name) => {
    expect(() => saveRun(folder(), name, report(70))).toThrow(/--save/);
  });

  it('are what docs/benchmarks.md shows', () => {
    const page = readFileSync(join(repository, 'docs/benchmarks.md'), 'utf8');
    expect(page).toBe(withRuns(page, savedRuns(join(repository, 'benchmarks/results'))));
  });

  it('need a place in the page', () => {
    expect(() => withRuns('# Page', [])).toThrow(/has no/);
  });
});

it('allocated bytes are what the heap grew by between collections', () => {
  const log = join(folder(), 'log');
  const lines = [
    'URL http://127.0.0.1:1',
    '[7:0xaa]      40 ms: Scavenge 10.0 (12.0) -> 8.0 (12.0) MB, pooled: 0 MB, 1.0 / 0.0 ms',
    '[7:0xbb]      41 ms: Scavenge 90.0 (92.0) -> 80.0 (92.0) MB, 1.0 / 0.0 ms',
    '[8:0xaa]      42 ms: Scavenge 90.0 (92.0) -> 80.0 (92.0) MB, 1.0 / 0.0 ms',
    '[7:0xaa]      50 ms: Scavenge (interleaved) 10.5 (12.0) -> 8.5 (12.0) MB, 1.0 / 0.0 ms',
    '[7:0xaa]      60 ms: Mark-Compact (reduce) 9.5 (12.0) -> 6.0 (12.0) MB, 1.0 / 0.0 ms',
  ];
  writeFileSync(log, lines.join('\n'));
  const list = collections(log, 7);
  expect(list).toHaveLength(3);
  expect(allocatedSince(list, 0)).toBe(3.5 * 2 ** 20);
  expect(allocatedSince(list, 1)).toBe(1 * 2 ** 20);
});
