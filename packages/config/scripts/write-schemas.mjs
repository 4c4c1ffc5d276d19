// Writes the JSON Schemas into the CLI's package. Needs a build: `pnpm --filter @fastfn/config schemas` does both.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONFIG_FILES, jsonSchemas, schemaFileName } from '../dist/index.js';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = join(repository, 'apps/cli/schemas');
mkdirSync(folder, { recursive: true });

const schemas = jsonSchemas();
for (const file of CONFIG_FILES) {
  writeFileSync(join(folder, schemaFileName(file)), `${JSON.stringify(schemas[file], null, 2)}\n`);
}
execFileSync(join(repository, 'node_modules/.bin/biome'), ['format', '--write', folder], {
  cwd: repository,
  stdio: 'inherit',
});
