import * as z from 'zod';
import { type ConfigFile, SCHEMAS } from './json-schemas.js';
import { metaOf } from './schema/parts.js';

/** One key of a config file, for reference pages and help texts. */
export interface KeyReference {
  /** Dotted. */
  readonly key: string;
  /** In words: completes "allowed: …". */
  readonly allowed: string;
  /** As JSON; null when the absence of the key means something of its own. */
  readonly default: string | null;
  readonly description: string;
  readonly aliases: readonly string[];
}

/** Every key of a file in the order of its schema, from what the parser itself checks. */
export function configReference(file: ConfigFile): KeyReference[] {
  return rows(SCHEMAS[file], '');
}

function rows(schema: z.core.$ZodType, prefix: string): KeyReference[] {
  return objects(schema).flatMap((object) =>
    Object.entries(object._zod.def.shape).flatMap(([name, optional]) => {
      const inner = unwrap(optional);
      const { description = '', allowed, default: fallback, aliases = [] } = metaOf(inner);
      const key = prefix + name;
      const row: KeyReference = {
        key,
        allowed: allowed ?? words(inner),
        default: fallback === undefined ? null : JSON.stringify(fallback),
        description,
        aliases: aliases.map((alias) => prefix + alias),
      };
      return [row, ...rows(inner, `${key}.`)];
    }),
  );
}

function words(schema: z.core.$ZodType): string {
  if (objects(schema).length > 0) return 'an object';
  return schema instanceof z.ZodString ? 'a text' : 'any JSON value';
}

function objects(schema: z.core.$ZodType): z.core.$ZodObject[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(objects);
  return inner instanceof z.ZodObject ? [inner] : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.def.innerType) : schema;
}
