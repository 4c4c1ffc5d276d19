import { parse, TomlError } from 'smol-toml';
import { brokenDocument, type TextDocument } from './document.js';

/** Parses `fastfn.toml`. TOML itself refuses duplicate keys. */
export function parseTomlDocument(text: string): TextDocument {
  try {
    const value = parse(text, { maxDepth: 64 });
    return { value, problems: [], lineOf: (path) => lineOfKey(text, path[0]), sourceOf: () => undefined };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    return brokenDocument({
      message: `It is no valid TOML: ${what} (line ${error.line}).`,
      fix: 'Mend the TOML.',
      line: error.line,
    });
  }
}

/** The parser keeps no positions; all settings are top-level keys or tables, so their line is easily found. */
function lineOfKey(text: string, key: string | number | undefined): number | undefined {
  if (typeof key !== 'string') return undefined;
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const index = text
    .split('\n')
    .findIndex((line) => new RegExp(`^\\s*\\[?\\s*["']?${name}["']?\\s*[=\\].]`).test(line));
  return index === -1 ? undefined : index + 1;
}
