import { readFileSync } from 'node:fs';
import type { InstalledPackage } from './installed.js';

export const LOCK = 'requirements.lock.txt';

const KEY = /^# for: (\S+)$/m;

/**
 * Exact versions of all that was installed.
 * @param key of the requirements, the Python version and the platform that it holds for
 */
export function lockText(packages: readonly InstalledPackage[], key: string): string {
  const lines = packages.map(({ name, version, isDirect }) =>
    isDirect ? `# ${name} ${version} comes from a path or URL` : `${name}==${version}`,
  );
  // With a package that it cannot name, it is a record only.
  const holds = packages.every(({ isDirect }) => !isDirect);
  const head = [
    '# Written by FastFN: the versions that requirements.txt and hints led to. Keep it under version control,',
    '# and every machine installs the same; remove it to get newer ones.',
    `# for: ${holds ? key : 'record'}`,
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

export interface LockFile {
  readonly key: string | null;
  readonly packages: readonly string[];
}

/** Null: there is none. */
export function readLock(file: string): LockFile | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const packages = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return { key: KEY.exec(text)?.[1] ?? null, packages };
}
