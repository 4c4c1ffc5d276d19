import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { ENV_FILES, FUNCTION_CONFIG_SAMPLES, fileWith, PROJECT_SAMPLES, ROUTES_FILES } from '../test/samples.js';
import { CONFIG_FILES, type ConfigFile, jsonSchemas, schemaFileName } from './json-schemas.js';
import { parseEnvFile, parseFunctionConfig, parseProjectFile, parseRoutesFile } from './parse-file.js';

const schemas = jsonSchemas();
const ajv = new Ajv({ strict: false, allErrors: true });
const validators = Object.fromEntries(CONFIG_FILES.map((file) => [file, ajv.compile(schemas[file])]));

const diagnosticsOf = (file: ConfigFile, value: unknown) => {
  const text = JSON.stringify(value);
  if (file === 'fn.config.json') return parseFunctionConfig(text, file, true).diagnostics;
  if (file === 'fn.routes.json') return parseRoutesFile(text, file).diagnostics;
  return file === 'fn.env.json' ? parseEnvFile(text, file).diagnostics : parseProjectFile(text, file).diagnostics;
};

/** Files, one or more for each sample, whose verdict must be the same in the editor and in FastFN. */
const files: [ConfigFile, unknown][] = [
  ...Object.entries(FUNCTION_CONFIG_SAMPLES).flatMap(([key, { good, bad }]) =>
    [...good, ...bad].map((value): [ConfigFile, unknown] => ['fn.config.json', fileWith(key, value)]),
  ),
  ...Object.entries(PROJECT_SAMPLES).flatMap(([key, { good, bad }]) =>
    [...good, ...bad].map((value): [ConfigFile, unknown] => ['fastfn.json', { [key]: value }]),
  ),
  ...[...ROUTES_FILES.good, ...ROUTES_FILES.bad].map((value): [ConfigFile, unknown] => ['fn.routes.json', value]),
  ...[...ENV_FILES.good, ...ENV_FILES.bad].map((value): [ConfigFile, unknown] => ['fn.env.json', value]),
  ['fn.config.json', { zebra: 1 }],
  ['fn.config.json', { invoke: { zebra: 1 } }],
  ['fn.config.json', { invoke: { routes: ['/a', 5] } }],
  ['fastfn.json', { zebra: 1 }],
];

describe('jsonSchemas', () => {
  it.each(files.map(([file, value]) => [file, JSON.stringify(value).slice(0, 100), value] as const))(
    '%s: the editor complains about %s exactly when FastFN does',
    (file, _, value) => {
      expect(validators[file]?.(value), JSON.stringify(validators[file]?.errors)).toBe(
        diagnosticsOf(file, value).length === 0,
      );
    },
  );

  it.each(CONFIG_FILES)('%s is published as it is now (else run `pnpm --filter @fastfn/config schemas`)', (file) => {
    const published = new URL(`../../../apps/cli/schemas/${schemaFileName(file)}`, import.meta.url);
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(schemas[file]);
  });

  it('describes every key', () => {
    const check = (schema: Record<string, unknown>, path: string): void => {
      for (const [name, property] of Object.entries(
        (schema.properties ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (property.const === undefined || property.description !== undefined)
          expect(property.description, `${path}${name}`).toBeTruthy();
        check(property, `${path}${name}.`);
      }
    };
    for (const file of CONFIG_FILES) check(schemas[file], `${file}: `);
    expect(JSON.stringify(schemas)).not.toMatch(/"(?:allowed|aliases)":/);
  });
});
