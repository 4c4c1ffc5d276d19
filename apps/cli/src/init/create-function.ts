import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { schemaUrl } from '@fastfn/config';
import { UsageError } from '@fastfn/core';
import { SAMPLE_EVENT, type Template } from './templates.js';

export interface CreateFunctionInput {
  /** Absolute functions root. */
  readonly root: string;
  readonly name: string;
  readonly template: Template;
}

/** One segment or several with `/`, each of the characters a folder segment may have. SPEC §2.1. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)*$/;

/**
 * Writes the files of a new function and gives their absolute paths.
 * @throws UsageError `usage` for a bad name, `already_exists` when the folder is there.
 */
export function createFunction({ root, name, template }: CreateFunctionInput): string[] {
  if (!NAME.test(name) || name.includes('..')) {
    throw new UsageError(
      'usage',
      `"${name}" cannot be the name of a function.`,
      'Use letters, digits, "-", "_", "." and "/" between folders, for example my-api/users.',
    );
  }
  const folder = join(root, name);
  if (existsSync(folder))
    throw new UsageError(
      'already_exists',
      `${folder} exists already.`,
      'Choose another name, or remove the folder first.',
    );

  const config = {
    $schema: schemaUrl('fn.config.json'),
    runtime: template.runtime,
    name,
    entrypoint: template.entry,
  };
  const files: Record<string, string> = {
    [template.entry]: template.handler,
    'fn.config.json': `${JSON.stringify(config, null, 2)}\n`,
    'tests/event.json': `${JSON.stringify(SAMPLE_EVENT, null, 2)}\n`,
    ...template.files,
    ...(template.types && { [basename(template.types)]: readTypes(template.types) }),
  };
  return Object.entries(files).map(([file, text]) => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
    return path;
  });
}

/** @param path of a file inside `@fastfn/types` */
function readTypes(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`@fastfn/types/${path}`), 'utf8');
}
