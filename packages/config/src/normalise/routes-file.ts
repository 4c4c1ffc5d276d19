import type { RoutesFile } from '@fastfn/core';
import type * as z from 'zod';
import type { routesFileSchema } from '../schema/routes-file.js';

/**
 * One entry per key. Patterns stay as written: whether one is reserved or malformed is judged where all other routes
 * are judged, by discovery.
 */
export function normaliseRoutesFile(file: z.infer<typeof routesFileSchema>): RoutesFile {
  return {
    routes: Object.entries(file.routes).map(([key, target]) => {
      const text = key.trim();
      const slash = text.indexOf('/');
      const methods = text
        .slice(0, slash)
        .split(',')
        .map((method) => method.trim().toUpperCase())
        .filter(Boolean);
      return {
        methods: methods.length === 0 ? ['GET'] : [...new Set(methods)],
        pattern: text.slice(slash),
        target: target
          .split('/')
          .filter((part) => part !== '' && part !== '.')
          .join('/'),
        key,
      };
    }),
  };
}
