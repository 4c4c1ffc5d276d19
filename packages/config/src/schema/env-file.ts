import * as z from 'zod';
import { flag, key } from './parts.js';
import { ENV_NAME } from './patterns.js';

/** NUL cannot stand in an environment variable. */
const value = () => z.union([z.string().regex(/^[^\0]*$/), z.number(), z.boolean(), z.null()]);

const plain = z
  .strictObject({
    value: value().meta({ allowed: 'a text, number, boolean or null', description: 'The value; null unsets it.' }),
    is_secret: key(flag(), { description: 'Mask the value wherever it would be shown.', default: false }),
  })
  .meta({ description: 'A value, said to be secret or not. Keys that look secret are masked in any case.' });

const stored = z
  .strictObject({
    secret: z.literal(true).meta({ allowed: 'true', description: 'Asks for the stored secret of this name.' }),
  })
  .meta({
    description:
      'The stored secret of this name reaches the handler in `event.secrets`; its value is not in this file.',
  });

/** `fn.env.json`, SPEC §4: the file as written. */
export const envFileSchema = z
  .object({ $schema: key(z.string(), { description: 'Where editors find the schema of this file.' }) })
  .catchall(
    z
      .union([value(), plain, stored])
      .meta({ allowed: 'a text, number, boolean or null, {"value": …, "is_secret": true}, or {"secret": true}' }),
  )
  .meta({
    title: 'fn.env.json',
    description: 'Environment of the functions in and below a folder.',
    propertyNames: { pattern: `^\\$schema$|${ENV_NAME.source}` },
  });
