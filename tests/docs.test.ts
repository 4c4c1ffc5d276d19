import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { ERRORS } from '@fastfn/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMain } from '../apps/cli/src/cli.js';
import { anchors, relativeLinks } from './support/markdown-links.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

describe('docs/reference/errors.md', () => {
  it('lists exactly the codes of the catalogue, with their status', () => {
    const documented = [...read('docs/reference/errors.md').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(
      ([, code, status]) => `${code} ${status}`,
    );
    expect(documented).toEqual(Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`));
  });
});

describe('docs/reference/cli.md', () => {
  const sections = new Map(
    read('docs/reference/cli.md')
      .split(/^### `fastfn /m)
      .slice(1)
      .map((section) => [/^\w+/.exec(section)![0], section.split(/^## /m)[0]!]),
  );

  it('lists exactly the commands', async () => {
    const { stderr } = await help('no-such-command');
    const commands = /Commands: (.+?)\. See/.exec(stderr)![1]!.split(', ');
    expect([...sections.keys()].sort()).toEqual(commands.sort());
  });

  it.each([...sections])('%s has exactly its options', async (command, section) => {
    const { stdout } = await help(command, '--help');
    const documented = [...section.matchAll(/^\| (`-.+?) \|/gm)].flatMap(([, cell]) => optionsIn(cell!));
    expect(documented.sort()).toEqual(optionsIn(/OPTIONS\n([\s\S]*)/.exec(stdout)?.[1] ?? '').sort());
  });

  it('names no option elsewhere that does not exist', () => {
    const known = new Set([...sections.values()].flatMap((section) => optionsIn(section)));
    for (const flag of ['--help', '--version', '-v', '--no-hot-reload']) known.add(flag);
    for (const page of pages().filter((path) => path.startsWith('docs/'))) {
      for (const [command] of read(page).matchAll(/(?:npx )?fastfn (?:[a-z]+ )[^\n`|]*/g)) {
        for (const flag of optionsIn(command)) expect(known, `${page}: ${command}`).toContain(flag);
      }
    }
  });
});

describe('links', () => {
  it.each(pages())('of %s lead somewhere', (page) => {
    const problems: string[] = [];
    for (const { line, path, anchor } of relativeLinks(read(page))) {
      const target = path === '' ? join(repository, page) : resolve(repository, dirname(page), path);
      if (!existsSync(target)) problems.push(`line ${line}: ${path} does not exist`);
      else if (anchor !== null && extname(target) === '.md' && !anchors(readFileSync(target, 'utf8')).has(anchor))
        problems.push(`line ${line}: ${relative(repository, target)} has no heading #${anchor}`);
    }
    expect(problems).toEqual([]);
  });

  it('reach every page of guide, reference and walkthroughs from docs/README.md', () => {
    const reached = new Set<string>();
    const visit = (page: string) => {
      if (reached.has(page) || !existsSync(join(repository, page))) return;
      reached.add(page);
      for (const { path } of relativeLinks(read(page))) if (path.endsWith('.md')) visit(join(dirname(page), path));
    };
    visit('docs/README.md');
    expect(
      pages().filter((page) => /^docs\/(?:guide|reference|walkthroughs)\//.test(page) && !reached.has(page)),
    ).toEqual([]);
  });
});

/** Every page of the repository, relative to it. */
function pages(folder = ''): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** `-p` and `--port` of a text, each once. */
function optionsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/(?<![\w-])(-[a-z]|--[a-z][a-z-]*)(?![\w-])/g)].map(([, flag]) => flag!))];
}

/** What the command line prints, without starting anything. */
async function help(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const error = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => {
    log.mockRestore();
    error.mockRestore();
  });
  await createMain(argv);
  const text = (calls: unknown[][]) => stripVTControlCharacters(calls.flat().join('\n'));
  return { stdout: text(log.mock.calls), stderr: text(error.mock.calls) };
}
