import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { schemaUrl } from '@fastfn/config';

/**
 * Writes `functions-dir` into fastfn.json (made when missing), so that `fastfn dev` needs no argument.
 * Gives what was done, or null when there was nothing to do.
 */
export function writeFunctionsDir(projectDir: string, root: string): string | null {
  const file = join(projectDir, 'fastfn.json');
  const functionsDir = relative(projectDir, root) || '.';
  if (!existsSync(file)) {
    writeFileSync(
      file,
      `${JSON.stringify({ $schema: schemaUrl('fastfn.json'), 'functions-dir': functionsDir }, null, 2)}\n`,
    );
    return `wrote ${file} with functions-dir "${functionsDir}"`;
  }
  const text = readFileSync(file, 'utf8');
  if (/"functions[-_]?dir"/i.test(text)) return null;
  // Put in as text: a rewrite would lose the file's comments.
  const brace = text.indexOf('{');
  if (brace === -1) return null;
  const empty = /^\s*\}/.test(text.slice(brace + 1));
  writeFileSync(
    file,
    `${text.slice(0, brace + 1)}\n  "functions-dir": ${JSON.stringify(functionsDir)}${empty ? '\n' : ','}${text.slice(brace + 1)}`,
  );
  return `added functions-dir "${functionsDir}" to ${file}`;
}
