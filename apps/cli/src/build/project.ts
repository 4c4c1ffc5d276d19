import type { Runtime } from '@fastfn/core';
import type { InstallPlan } from './install-plan.js';

/** What the generators know of a project: plain facts, paths relative and with `/`. */
export interface Project {
  /** Name of all that is made; a DNS label. */
  readonly name: string;
  readonly image: string;
  /** Functions root inside the project; `.` when it is the project. */
  readonly functions: string;
  /** Languages whose tools the image must have, in their order of precedence. */
  readonly runtimes: readonly Runtime[];
  /** Value for `FN_RUNTIMES`; null: it is not restricted. */
  readonly restrictTo: readonly Runtime[] | null;
  /** Whether PHP functions name packages in a `composer.json`. */
  readonly composer: boolean;
  /** Folders of installed packages that nothing could install again: packs without a manifest. */
  readonly keptPackages: readonly string[];
  readonly install: InstallPlan;
}
