import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit, Subject } from './case.js';
import { FUNCTIONS } from './functions.js';

const HANDLERS = fileURLToPath(new URL('../handlers/', import.meta.url));

/** Folder of a subject that is no function: its packs. */
export const PACKS = '_packs';

/** Whether anybody wrote handlers for the subject. */
export function hasHandlers(subject: Subject): boolean {
  return existsSync(join(HANDLERS, subject.id));
}

/** Absolute folder of a function as it lies in this package. */
export function handlerFolder(subject: Subject, fn: string): string {
  return join(HANDLERS, subject.id, fn);
}

/** A functions root of its own, which a test may change. */
export interface AppFolder {
  readonly root: string;
  edit(fn: string, edit: Edit): void;
  remove(): void;
}

/** Copies the handlers of a subject into a temporary root, each with its configuration. */
export function makeAppFolder(subject: Subject): AppFolder {
  const root = realpathSync(mkdtempSync(join(tmpdir(), `fastfn-conformance-${subject.id}-`)));
  for (const [fn, { config, env }] of Object.entries(FUNCTIONS)) {
    const source = handlerFolder(subject, fn);
    if (!existsSync(source)) continue;
    cpSync(source, join(root, fn), { recursive: true });
    if (config !== undefined) writeFileSync(join(root, fn, 'fn.config.json'), JSON.stringify(config, null, 2));
    if (env !== undefined) writeFileSync(join(root, fn, 'fn.env.json'), JSON.stringify(env, null, 2));
  }
  const packs = handlerFolder(subject, PACKS);
  if (existsSync(packs)) cpSync(packs, join(root, '.fastfn/packs', subject.runtime), { recursive: true });
  return {
    root,
    edit(fn, { file, from, to }) {
      const folder = join(root, fn);
      const name = readdirSync(folder).find(
        (entry) => entry.startsWith(`${file}.`) && entry.endsWith(`.${subject.extension}`),
      );
      if (name === undefined) throw new Error(`${folder} has no ${file}.${subject.extension}`);
      const before = readFileSync(join(folder, name), 'utf8');
      if (!before.includes(from)) throw new Error(`${join(fn, name)} does not contain ${JSON.stringify(from)}`);
      writeFileSync(join(folder, name), before.replace(from, to));
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
