import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** SPEC §13. */
const HINT_LINES = 30;
const HINT = /^\s*#+\s*@requirements\b[ \t:]*(.*)$/;

/** `#@requirements requests PyYAML>=6,<7` in the first 30 lines of a handler. */
export function requirementHints(source: string): string[] {
  const found: string[] = [];
  for (const line of source.split(/\r?\n/, HINT_LINES)) {
    const match = HINT.exec(line);
    if (match === null) continue;
    // A comma separates versions of one package as well as packages.
    for (const token of match[1]!.split(/\s+|,(?=\s*[A-Za-z])/)) {
      if (token === '') continue;
      const last = found.length - 1;
      const continues = /^[<>=!~,;]/.test(token) || (last >= 0 && /[<>=!~,]$/.test(found[last]!));
      if (continues && last >= 0) found[last] += token;
      else found.push(token.replace(/,$/, ''));
    }
  }
  return found.filter((one) => one !== '');
}

export interface RequirementsFile {
  /** Names of packages, normalised. */
  readonly names: ReadonlySet<string>;
  /** The file, and those that it includes with `-r` and `-c`, absolute. */
  readonly files: readonly string[];
  /** It asks for anything at all. */
  readonly isEmpty: boolean;
}

/** Reads a requirements file as far as is needed to know what is in it; the installer reads it for itself. */
export function readRequirements(file: string): RequirementsFile {
  const names = new Set<string>();
  const files = new Set([file]);
  let isEmpty = true;
  for (const each of files) {
    for (const line of logicalLines(textOf(each))) {
      isEmpty = false;
      const include = /^(?:-r|-c|--requirement|--constraint)[\s=]*(.+)$/.exec(line);
      if (include !== null) {
        if (!/^[a-z]+:\/\//i.test(include[1]!)) files.add(resolve(dirname(each), include[1]!.trim()));
        continue;
      }
      const name = requirementName(line);
      if (name !== null) names.add(name);
    }
  }
  return { names, files: [...files], isEmpty };
}

/** The package of `Requests[socks]>=2 ; python_version > "3"`, normalised; null for options, paths and bare URLs. */
export function requirementName(requirement: string): string | null {
  const editable = /[#&]egg=([\w.-]+)/.exec(requirement);
  if (editable !== null) return normalise(editable[1]!);
  const match = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:$|[<>=!~;@(,\s])/.exec(requirement);
  return match === null ? null : normalise(match[1]!);
}

/** PEP 503: `PyYAML`, `pyyaml` and `Py.YAML` are one. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** Empty when it cannot be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
