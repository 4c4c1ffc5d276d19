import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENV_NAMES } from './env/table.js';
import { CONFIG_FILES, type ConfigFile, jsonSchemas } from './json-schemas.js';
import { parseEnvFile, parseFunctionConfig, parseProjectFile, parseRoutesFile } from './parse-file.js';
import { configReference } from './reference.js';
import { configReferenceMarkdown, envReferenceMarkdown } from './reference-markdown.js';

const page = (name: string) => readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');
const configuration = page('configuration.md');
const environment = page('environment.md');

describe('docs/reference (else run `pnpm --filter @fastfn/config reference`)', () => {
  it.each(CONFIG_FILES.filter((file) => file !== 'fn.env.json'))('configuration.md has the table of %s', (file) => {
    expect(configuration).toContain(configReferenceMarkdown(file));
  });

  it('environment.md has the tables of all variables', () => {
    expect(environment).toContain(envReferenceMarkdown());
    expect(ENV_NAMES.filter((name) => !environment.includes(`\`${name}\``))).toEqual([]);
  });

  it('has a row for every key of the schema', () => {
    for (const file of CONFIG_FILES) {
      const rows = configReference(file).map(({ key }) => key);
      expect(rows).toEqual(expect.arrayContaining(Object.keys(canonicalProperties(file))));
    }
  });

  const parsers = {
    'fn.config.json': parseFunctionConfig,
    'fn.routes.json': parseRoutesFile,
    'fn.env.json': parseEnvFile,
    'fastfn.json': parseProjectFile,
  };
  it.each(CONFIG_FILES)('the example of %s is valid', (file) => {
    const [, example = ''] =
      configuration.match(new RegExp(`## \`${file}\`\\n\\n\`\`\`jsonc\\n([\\s\\S]*?)\`\`\``)) ?? [];
    expect(parsers[file](example, file, true)).toMatchObject({ diagnostics: [], value: expect.any(Object) });
  });

  it('the example of fastfn.toml is valid', () => {
    const [, example = ''] = configuration.match(/```toml\n([\s\S]*?)```/) ?? [];
    expect(parseProjectFile(example, 'fastfn.toml')).toMatchObject({ diagnostics: [], value: { port: 3000 } });
  });
});

function canonicalProperties(file: ConfigFile): Record<string, unknown> {
  const properties = jsonSchemas()[file].properties as Record<string, { doNotSuggest?: boolean }>;
  return Object.fromEntries(Object.entries(properties).filter(([, property]) => !property.doNotSuggest));
}
