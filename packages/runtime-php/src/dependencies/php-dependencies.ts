import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import type { FunctionSpec, Prepared, PrepareOptions } from '@fastfn/core';
import { contentHash, findPacks, Installer, type InstallPlan, ownerFolder } from '@fastfn/dependencies';
import {
  type ComposerOptions,
  hasAutoloader,
  installedByComposer,
  installWithComposer,
  vendorFolder,
} from './composer.js';

const MANIFEST = 'composer.json';
const LOCK = 'composer.lock';

export interface PhpDependenciesOptions extends ComposerOptions {
  /** Of PHP, e.g. `8.2.10`. */
  readonly version: string;
  /** `FN_AUTO_PHP_DEPS`. Off: what is installed already is used. */
  readonly install: boolean;
}

/** Installs what PHP handlers and packs need by Composer, and tells the worker where it is. SPEC §13. */
export class PhpDependencies {
  readonly #options: PhpDependenciesOptions;
  readonly #installer = new Installer();

  constructor(options: PhpDependenciesOptions) {
    this.#options = options;
  }

  /** @throws FastFnError `dependency_failed`, `pack_not_found` */
  async prepare(fn: FunctionSpec, options: PrepareOptions): Promise<Prepared> {
    const owner = ownerFolder(fn, MANIFEST);
    const packs = findPacks(fn);
    options.reads?.([
      ...owner.candidates,
      join(owner.folder, LOCK),
      ...packs.flatMap(({ folder }) => [join(folder, MANIFEST), join(folder, LOCK)]),
    ]);
    const vendors: string[] = [];
    // The function's own packages come first: of two versions of one class, the first loader's is taken.
    for (const folder of [...(owner.hasManifest ? [owner.folder] : []), ...packs.map((pack) => pack.folder)]) {
      if (!existsSync(join(folder, MANIFEST))) continue;
      vendors.push(await this.#install(fn, folder, options));
    }
    const autoload = vendors.filter(hasAutoloader).map((vendor) => join(vendor, 'autoload.php'));
    return {
      entry: fn.entry,
      env: {
        ...(autoload.length > 0 && { FASTFN_PHP_AUTOLOAD: autoload.join(delimiter) }),
        ...(packs.length > 0 && { FASTFN_PHP_INCLUDE: packs.map((pack) => pack.folder).join(delimiter) }),
      },
      readPaths: [...vendors, ...packs.map((pack) => pack.folder)],
    };
  }

  close(): Promise<void> {
    return this.#installer.close();
  }

  /** @returns the folder of its packages */
  async #install(fn: FunctionSpec, folder: string, options: PrepareOptions): Promise<string> {
    const manifest = join(folder, MANIFEST);
    const subject = relative(fn.root, manifest);
    const vendor = vendorFolder(manifest, subject);
    if (!this.#options.install) return vendor;
    const lock = join(folder, LOCK);
    const [major, minor] = this.#options.version.split('.');
    const hash = (): string => contentHash({ php: `${major}.${minor}` }, [manifest, lock]);
    const plan = (): InstallPlan => ({
      hash: hash(),
      wanted: contentHash({ php: `${major}.${minor}` }, [manifest]),
      isPresent: hasAutoloader(vendor),
      install: async (run) => {
        await installWithComposer(folder, subject, this.#options, run);
        return {
          mode: 'manifest',
          manifest: MANIFEST,
          lock: existsSync(lock) ? LOCK : null,
          inferred: [],
          resolved: installedByComposer(vendor),
          unresolved: [],
          sources: {},
          hash: hash(),
          wrote: [lock],
        };
      },
    });
    await this.#installer.ensure({ runtime: 'php', folder, root: fn.root, plan }, options);
    return vendor;
  }
}
