import { createRequire } from 'node:module';
import { initSync, parse } from 'cjs-module-lexer';
import type { Programs } from './program.js';

let ready = false;

/**
 * The names that CommonJS code exports as far as one can see without running it, found as Node finds them. `default`
 * is not among them.
 */
export function exportNames(file: string, code: string, programs: Programs): Set<string> {
  const names = new Set<string>();
  collect(file, code, programs, names, new Set());
  names.delete('default');
  return names;
}

function collect(file: string, code: string, programs: Programs, names: Set<string>, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  if (!ready) {
    initSync();
    ready = true;
  }
  try {
    const { exports, reexports } = parse(code, file);
    for (const name of exports) names.add(name);
    for (const specifier of reexports) {
      const target = createRequire(file).resolve(specifier);
      if (!target.startsWith('/') || /\.(?:json|node)$/.test(target)) continue;
      const program = programs.read(target);
      if (program.format === 'commonjs') collect(target, program.code, programs, names, seen);
    }
  } catch {
    // What cannot be seen is not named; the default export has everything.
  }
}
