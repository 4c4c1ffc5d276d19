import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCli } from './support/cli.js';
import { runPage } from './support/run-page.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const walkthroughs = join(repository, 'docs/walkthroughs');
const guide = join(repository, 'docs/guide');
const examples = join(repository, 'examples');

// What all Rust functions need is compiled once for all pages.
process.env.CARGO_TARGET_DIR ??= join(repository, 'node_modules/.cache/fastfn-cargo');

/** First line of a guide page whose commands are run. */
const RUNNABLE = '<!-- runnable -->';

/** Some pages compile, or install packages, on a machine that is busy with other tests. */
const PATIENCE_MS = 300_000;

describe('walkthroughs work exactly as typed', () => {
  for (const page of readdirSync(walkthroughs).filter((name) => /^[a-z]-.*\.md$/.test(name))) {
    it(page, { timeout: PATIENCE_MS }, async () => {
      const { root } = tree();
      const checked = await runPage({ markdown: readFileSync(join(walkthroughs, page), 'utf8'), cwd: root });
      expect(checked).toBeGreaterThan(0);
    });
  }
});

describe('guide pages marked as runnable do what they say', () => {
  for (const page of readdirSync(guide).filter((name) => name.endsWith('.md'))) {
    const markdown = readFileSync(join(guide, page), 'utf8');
    if (!markdown.startsWith(RUNNABLE)) continue;
    it(page, { timeout: 90_000 }, async () => {
      const { root } = tree();
      const checked = await runPage({ markdown, cwd: root });
      expect(checked).toBeGreaterThan(0);
    });
  }
});

describe('examples do what their README says', () => {
  const names = readdirSync(examples, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        entry.name !== 'custom-gateway' &&
        !entry.name.startsWith('.') &&
        entry.name !== 'node_modules',
    )
    .map((entry) => entry.name);
  for (const name of names) {
    it(name, { timeout: PATIENCE_MS }, async () => {
      // A copy, so that what examples write (databases) stays out of the repository. Of this one alone: it stands by itself.
      const { root } = tree();
      cpSync(join(examples, 'fn.config.json'), join(root, 'fn.config.json'));
      cpSync(join(examples, name), join(root, name), {
        recursive: true,
        filter: (path) => !/node_modules|\.deps|\.state/.test(path.slice(examples.length)),
      });
      const markdown = readFileSync(join(examples, name, 'README.md'), 'utf8');
      // A project of its own has a functions folder, and its README says how to start it.
      const alone = existsSync(join(examples, name, 'functions'));
      const server = alone ? undefined : await startCli(['dev', '.'], root);
      onTestFinished(async () => void (await server?.stop()));
      const checked = await runPage({ markdown, cwd: alone ? join(root, name) : root, server });
      expect(checked).toBeGreaterThan(0);
    });
  }
});
