import * as z from 'zod';
import { key } from './parts.js';
import { METHOD, METHODS_ALLOWED, RELATIVE_PATH } from './patterns.js';

const METHOD_SOURCE = METHOD.source.slice(1, -1);
/** `GET /a/:id`, `GET,POST /b`, `/c`. */
export const ROUTE_KEY = new RegExp(
  `^\\s*(?:${METHOD_SOURCE}(?:\\s*,\\s*${METHOD_SOURCE})*\\s+)?\\/[^\\s?#\\\\]*\\s*$`,
);

/** A handler file below the folder; never a type declaration. */
export const TARGET = new RegExp(
  `^(?![\\s\\S]*\\.[dD]\\.[cCmM]?[tT][sS]$)${RELATIVE_PATH.source.slice(1, -1)}(?:\\.[cCmM]?[jJtT][sS]|\\.[pP][yY]|\\.[pP][hH][pP]|\\.[lL][uU][aA]|\\.[rR][sS]|\\.[gG][oO])$`,
);

/** `fn.routes.json`, SPEC §2.3: the file as written. */
export const routesFileSchema = z
  .strictObject({
    $schema: key(z.string(), { description: 'Where editors find the schema of this file.' }),
    routes: z
      .record(
        z
          .string()
          .regex(ROUTE_KEY)
          .meta({ allowed: `"/path" or "METHOD,METHOD /path" with ${METHODS_ALLOWED}; the path begins with "/"` }),
        z.string().max(1024).regex(TARGET).meta({
          allowed:
            'a handler file below this folder, without "..", ending in .js .mjs .cjs .ts .mts .cts .py .php .lua .rs or .go',
        }),
      )
      .meta({
        allowed: 'an object of routes and handler files',
        description:
          'Routes and the files that answer them, e.g. `"GET,POST /users/:id": "users.py"`. Without a method: GET.',
      }),
  })
  .meta({ title: 'fn.routes.json', description: 'Routes of a folder, listed instead of derived from file names.' });
