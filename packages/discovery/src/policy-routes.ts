import type { Diagnostic, FunctionSpec, InvokeConfig } from '@fastfn/core';
import type { ClaimBook } from './claims.js';
import { diagnose } from './diagnostics.js';
import { checkPattern } from './route-pattern.js';

export interface PolicyRoutes {
  readonly fn: FunctionSpec;
  readonly routes: readonly string[];
  readonly methods: readonly string[];
  readonly hosts: NonNullable<InvokeConfig['allowHosts']>;
  readonly force: boolean;
  /** The `fn.config.json`, relative to root. */
  readonly source: string;
}

/** Claims the URLs of `invoke.routes`; a bad one is refused by itself. SPEC §2.2. */
export function claimPolicyRoutes(request: PolicyRoutes, claims: ClaimBook, diagnostics: Diagnostic[]): void {
  const { fn, routes, methods, hosts, force, source } = request;
  routes.forEach((route, index) => {
    const checked = checkPattern(route);
    if (checked.ok) {
      claims.add({ pattern: checked.pattern, methods, hosts, fn, origin: 'policy', source, force });
      return;
    }
    const { code, reason, fix } = checked;
    const message = `The route "${route}" is refused: ${reason}.`;
    diagnostics.push(diagnose(code, source, message, { key: `invoke.routes.${index}`, ...(fix && { fix }) }));
  });
}
