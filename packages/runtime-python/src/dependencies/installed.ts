import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './requirements.js';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** It came from a path, an archive or a repository: its version alone does not bring it back. */
  readonly isDirect: boolean;
}

/** Packages in a target folder of pip or uv, by name. */
export function installedPackages(folder: string): InstalledPackage[] {
  const packages: InstalledPackage[] = [];
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.dist-info')) continue;
    const metadata = textOf(join(folder, name, 'METADATA'));
    const found = /^Name: *(.+?)\r?$/m.exec(metadata)?.[1];
    const version = /^Version: *(.+?)\r?$/m.exec(metadata)?.[1];
    if (found === undefined || version === undefined) continue;
    packages.push({ name: found, version, isDirect: existsSync(join(folder, name, 'direct_url.json')) });
  }
  return packages.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}
