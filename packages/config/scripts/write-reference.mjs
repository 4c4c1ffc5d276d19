// Renews the tables of the reference pages. Needs a build: `pnpm --filter @fastfn/config reference` does both.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIG_FILES, configReferenceMarkdown, envReferenceMarkdown } from '../dist/index.js';

const folder = new URL('../../../docs/reference/', import.meta.url);
renew('configuration.md', Object.fromEntries(CONFIG_FILES.map((file) => [file, configReferenceMarkdown(file)])));
renew('environment.md', { environment: envReferenceMarkdown() });

/** Replaces what stands between `<!-- generated: name -->` and `<!-- end -->`. */
function renew(page, sections) {
  const file = new URL(page, folder);
  const text = readFileSync(file, 'utf8').replace(
    /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, begin, name, end) => (sections[name] ? `${begin}\n${sections[name]}\n\n${end}` : whole),
  );
  writeFileSync(file, text);
}
