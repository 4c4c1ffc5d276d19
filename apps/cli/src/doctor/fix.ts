import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type LoadedOptions, schemaUrl } from '@fastfn/config';

/**
 * Writes `functions-dir` into the project file (made when there is none), so that `fastfn dev` needs no argument.
 * Gives what was done, or null when there was nothing to do.
 */
export function writeFunctionsDir({ options: { projectFile, projectDir, root } }: LoadedOptions): string | null {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) return null;
  const file = projectFile ?? join(projectDir, 'fastfn.json');
  const functionsDir = relative(projectDir, root) || '.';
  if (!existsSync(file)) {
    writeFileSync(
      file,
      `${JSON.stringify({ $schema: schemaUrl('fastfn.json'), 'functions-dir': functionsDir }, null, 2)}\n`,
    );
    return `wrote ${file} with functions-dir "${functionsDir}"`;
  }
  const text = readFileSync(file, 'utf8');
  const added = file.endsWith('.toml') ? intoToml(text, functionsDir) : intoJson(text, functionsDir);
  if (added === null) return null;
  writeFileSync(file, added);
  return `added functions-dir "${functionsDir}" to ${file}`;
}

/** Put in as text: a rewrite would lose the file's comments. Null when it says so already, or is no object. */
function intoJson(text: string, functionsDir: string): string | null {
  if (/"functions[-_]?dir"\s*:/i.test(text)) return null;
  const brace = text.indexOf('{');
  if (brace === -1) return null;
  const rest = text.slice(brace + 1);
  const empty = /^\s*\}/.test(rest);
  return `${text.slice(0, brace + 1)}\n  "functions-dir": ${JSON.stringify(functionsDir)}${empty ? '\n' : ','}${rest}`;
}

/** At the top: further down it would fall into a table. */
function intoToml(text: string, functionsDir: string): string | null {
  if (/^\s*["']?functions[-_]?dir["']?\s*=/im.test(text)) return null;
  return `functions-dir = ${JSON.stringify(functionsDir)}\n${text}`;
}
