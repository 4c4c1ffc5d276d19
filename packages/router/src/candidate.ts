import type { RouteClaim } from '@fastfn/core';
import { parseHostPattern } from './host.js';
import { type Pattern, parsePattern } from './pattern.js';

/** A claim made ready for the contest. */
export interface Candidate {
  /** With tidy pattern, methods and hosts, and `force` as it counts. */
  readonly claim: RouteClaim;
  readonly pattern: Pattern;
  readonly level: number;
}

/**
 * Who beats whom where claims overlap; equals of different functions conflict. An unforced policy route stands where
 * nobody else does: it is refused beside a file or manifest claim.
 */
export const LEVEL = { policy: 1, file: 2, manifest: 3, forced: 4 } as const;

/** @returns null when the pattern is malformed. */
export function toCandidate(claim: RouteClaim, forceUrl: boolean): Candidate | null {
  const pattern = parsePattern(claim.pattern);
  if (pattern === null) return null;
  // A version must not take a URL from the function it is a version of: only the operator may force it.
  const force = claim.rank === 3 && (forceUrl || (claim.force && claim.fn.version === 'default'));
  const tidy = {
    ...claim,
    pattern: pattern.text,
    methods: tidyMethods(claim.methods),
    hosts: tidyHosts(claim.hosts),
    force,
  };
  return { claim: tidy, pattern, level: levelOf(tidy) };
}

function levelOf(claim: RouteClaim): number {
  if (claim.rank === 1) return LEVEL.file;
  if (claim.rank === 2) return LEVEL.manifest;
  return claim.force ? LEVEL.forced : LEVEL.policy;
}

function tidyMethods(methods: readonly string[]): readonly string[] {
  return [...new Set(methods.map((method) => method.toUpperCase()))];
}

/** Empty: any host. `*` says the same. */
function tidyHosts(hosts: readonly string[]): readonly string[] {
  if (hosts.includes('*')) return [];
  return [...new Set(hosts.map((host) => parseHostPattern(host).text))];
}
