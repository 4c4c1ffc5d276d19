import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type PackageType = 'module' | 'commonjs' | 'none';

/** `type` of the `package.json` nearest above a file, as Node looks for it. Read once per folder. */
export class PackageTypes {
  readonly #byFolder = new Map<string, PackageType>();

  for(folder: string): PackageType {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) return known;
    const type = folder.endsWith('/node_modules')
      ? 'none'
      : (readType(join(folder, 'package.json')) ?? this.#above(folder));
    this.#byFolder.set(folder, type);
    return type;
  }

  #above(folder: string): PackageType {
    const parent = dirname(folder);
    return parent === folder ? 'none' : this.for(parent);
  }
}

/** Null: no such file. */
function readType(file: string): PackageType | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return type === 'module' || type === 'commonjs' ? type : 'none';
  } catch {
    return 'none';
  }
}
