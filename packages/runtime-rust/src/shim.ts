import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the crates that handlers and the daemon are compiled with. */
export const SHIM = fileURLToPath(new URL('../shim', import.meta.url)).replace(/\/$/, '');

/** The crate that handlers use. */
export const CRATE = join(SHIM, 'fastfn');

/** Versions of serde_json and what it needs that work with every compiler we support, and are tested. */
export const PINNED_LOCK = join(CRATE, 'Cargo.lock');

/** Changes with every byte of the crates. */
export function shimHash(): string {
  const hash = createHash('sha256');
  for (const crate of ['wire', 'fastfn', 'daemon']) {
    const src = join(SHIM, crate, 'src');
    const files = readdirSync(src).sort();
    for (const file of [join(SHIM, crate, 'Cargo.toml'), ...files.map((name) => join(src, name))]) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}
