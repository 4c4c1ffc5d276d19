import { isRuntime, RUNTIMES } from '@fastfn/core';
import type { Problem } from '../check.js';
import { daemonPairs } from '../normalise/project.js';
import { MAX_DAEMONS } from '../schema/project-file.js';
import type { Path } from '../text/document.js';

/** What is wrong with `node=3,python=2`, in words; null when nothing is. */
export function daemonCountsProblem(text: string): string | null {
  const pairs = daemonPairs(text);
  const unknown = pairs.find(([name]) => !isRuntime(name));
  if (unknown) return `runtimes among ${RUNTIMES.join(', ')}, each with a count: "node=3,python=2"`;
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) return 'each runtime once';
  const inRange = pairs.every(([, count]) => Number.isInteger(count) && count >= 1 && count <= MAX_DAEMONS);
  return inRange ? null : `counts from 1 to ${MAX_DAEMONS}`;
}

/** For the text form of `runtime-daemons`; the object form is checked by the schema. */
export function daemonsAreCounts(key: 'runtime-daemons' | 'runtime_daemons') {
  return (file: Readonly<Record<string, unknown>>): Problem[] => {
    const written = file[key];
    const allowed = typeof written === 'string' ? daemonCountsProblem(written) : null;
    const path: Path = [key];
    return allowed === null ? [] : [{ path, found: JSON.stringify(written), allowed }];
  };
}
