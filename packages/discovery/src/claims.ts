import type { ClaimOrigin, Diagnostic, FunctionSpec, RouteClaim, SourceRank } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { isReserved } from './route-pattern.js';

export interface NewClaim {
  readonly pattern: string;
  readonly methods: readonly string[];
  readonly hosts: readonly string[];
  readonly fn: FunctionSpec;
  /** Folder homes are the router's: they name routes that have won. */
  readonly origin: Exclude<ClaimOrigin, 'home'>;
  readonly source: string;
  readonly force?: boolean;
}

const RANKS: Readonly<Record<NewClaim['origin'], SourceRank>> = { file: 1, version: 1, manifest: 2, policy: 3 };

/** Gathers the claims of one discovery; refuses reserved URLs. Who wins is the router's business. */
export class ClaimBook {
  readonly claims: RouteClaim[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly diagnostics: Diagnostic[]) {}

  add(claim: NewClaim): void {
    const { pattern, methods, hosts, fn, origin, source } = claim;
    if (isReserved(pattern)) {
      this.diagnostics.push(diagnose('reserved_route', source, `The route ${pattern} is refused: it is reserved.`));
      return;
    }
    const rank = RANKS[origin];
    // A function may come to the same URL twice: its name among its own `invoke.routes`, a manifest naming it twice.
    const id = `${rank} ${pattern} ${methods.join()} ${fn.key}`;
    if (this.seen.has(id)) return;
    this.seen.add(id);
    this.claims.push({ pattern, methods, hosts, fn, rank, force: claim.force ?? false, origin, source });
  }
}
