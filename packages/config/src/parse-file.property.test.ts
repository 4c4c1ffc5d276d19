import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FUNCTION_CONFIG_SAMPLES, fileWith } from '../test/samples.js';
import { parseEnv } from './env/parse.js';
import { ENV_NAMES } from './env/table.js';
import { parseEnvFile, parseFunctionConfig, parseProjectFile, parseRoutesFile } from './parse-file.js';

const PARSERS = {
  'fn.config.json': (text: string) => parseFunctionConfig(text, 'f', true),
  'nested fn.config.json': (text: string) => parseFunctionConfig(text, 'a/f', false),
  'fn.routes.json': (text: string) => parseRoutesFile(text, 'f'),
  'fn.env.json': (text: string) => parseEnvFile(text, 'f'),
  'fastfn.json': (text: string) => parseProjectFile(text, 'f.json'),
  'fastfn.toml': (text: string) => parseProjectFile(text, 'f.toml'),
};

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom('{', '}', '[', ',', '"', '//', '/*', '='),
);

/** Known keys with values of any kind. */
const configText = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(FUNCTION_CONFIG_SAMPLES)), fc.jsonValue({ maxDepth: 2 })), {
    selector: ([key]) => key.split('.')[0],
  })
  .map((parts) => JSON.stringify(Object.assign({}, ...parts.map(([key, value]) => fileWith(key, value)))));

describe.each(Object.entries(PARSERS))('%s', (_, parse) => {
  it('bears any text: a value, or an error that says why', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, configText), (text) => {
        const { value, diagnostics } = parse(text);
        expect(value === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
        for (const { message } of diagnostics) expect(message).toBeTruthy();
      }),
      { numRuns: 400 },
    );
  });
});

it('parseEnv bears any environment', () => {
  const env = fc.dictionary(fc.constantFrom(...ENV_NAMES), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(env, (values) => {
      const parsed = parseEnv(values);
      for (const { key } of parsed.problems) expect(parsed.values).not.toHaveProperty(key ?? '');
    }),
  );
});
