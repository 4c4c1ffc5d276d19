import * as z from 'zod';
import { envFileSchema } from './schema/env-file.js';
import { functionConfigSchema } from './schema/function-config.js';
import { projectFileSchema } from './schema/project-file.js';
import { routesFileSchema } from './schema/routes-file.js';

/** The files that FastFN reads. */
export const CONFIG_FILES = ['fn.config.json', 'fn.routes.json', 'fn.env.json', 'fastfn.json'] as const;
export type ConfigFile = (typeof CONFIG_FILES)[number];

export const SCHEMAS: Readonly<Record<ConfigFile, z.ZodType>> = {
  'fn.config.json': functionConfigSchema,
  'fn.routes.json': routesFileSchema,
  'fn.env.json': envFileSchema,
  'fastfn.json': projectFileSchema,
};

/** Name of the published schema: `fn.config.schema.json`. */
export function schemaFileName(file: ConfigFile): string {
  return file.replace(/\.json$/, '.schema.json');
}

/** What `init` writes as `$schema`: the copy in the CLI's package, served by a CDN. */
export function schemaUrl(file: ConfigFile): string {
  return `https://unpkg.com/fastfn/schemas/${schemaFileName(file)}`;
}

interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
}

/** JSON Schemas (draft 7, which editors know best) of all config files, made from what the parser itself checks. */
export function jsonSchemas(): Record<ConfigFile, Record<string, unknown>> {
  const entries = CONFIG_FILES.map((file) => {
    const { $schema, ...schema } = z.toJSONSchema(SCHEMAS[file], {
      target: 'draft-7',
      io: 'input',
      override: ({ jsonSchema }) => tidy(jsonSchema as JsonSchema),
    });
    return [file, { $schema, $id: schemaUrl(file), ...schema, allowComments: true, allowTrailingCommas: true }];
  });
  return Object.fromEntries(entries);
}

/** Spells aliases out as properties of their own, which editors accept but do not suggest. */
function tidy(schema: JsonSchema): void {
  delete schema.allowed;
  if (!schema.properties) return;
  for (const [name, property] of Object.entries(schema.properties)) {
    const { aliases, default: _, ...rest } = property;
    delete property.aliases;
    for (const alias of (aliases as readonly string[] | undefined) ?? []) {
      schema.properties[alias] = { ...rest, description: `Same as \`${name}\`.`, doNotSuggest: true };
    }
  }
}
