import type { Diagnostic, FolderHome, HomeConfig } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { checkPattern } from './route-pattern.js';

/** A home as written, with the URL of its folder. */
export interface DeclaredHome {
  readonly pattern: string;
  readonly home: HomeConfig;
  readonly source: string;
}

/**
 * Makes `home.route` absolute (`dashboard` in `/portal` → `/portal/dashboard`). Whether something answers there is the
 * router's to say. Null, and told, when it is no path.
 */
export function resolveHome(declared: DeclaredHome, diagnostics: Diagnostic[]): FolderHome | null {
  const { pattern, home, source } = declared;
  const redirect = home.redirect ?? null;
  if (home.route === undefined) return redirect === null ? null : { pattern, route: null, redirect, source };

  const absolute = home.route.startsWith('/') ? home.route : `${pattern === '/' ? '' : pattern}/${home.route}`;
  const checked = checkPattern(absolute);
  let route: string | null = null;
  let reason = '';
  if (checked.ok) {
    if (checked.pattern === pattern) reason = 'it leads to itself';
    else route = checked.pattern;
  } else if (checked.code === 'reserved_route') {
    // FastFN's own pages (`/_fn/docs`) make fine homes.
    route = absolute;
  } else {
    reason = checked.reason;
  }
  if (route === null) {
    const message = `The home "${home.route}" is passed over: ${reason}.`;
    diagnostics.push(diagnose('invalid_home', source, message, { key: 'home.route' }));
  }
  return route === null && redirect === null ? null : { pattern, route, redirect, source };
}
