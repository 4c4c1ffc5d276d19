import { deserialize, serialize } from 'node:v8';
import type { FunctionSpec, Manifest, RouteClaim } from '@fastfn/core';
import { type ErrorData, packError, unpackError } from '@fastfn/pool';

type PlainSpec = Omit<FunctionSpec, 'configError'> & { readonly configError: ErrorData | null };
type PlainClaim = Omit<RouteClaim, 'fn'> & { readonly fn: string };

interface PlainManifest extends Omit<Manifest, 'functions' | 'claims'> {
  readonly functions: readonly PlainSpec[];
  readonly claims: readonly PlainClaim[];
}

/** A manifest as bytes, for another process of this version. Equal manifests give equal bytes. */
export function packManifest(manifest: Manifest): Buffer {
  const plain: PlainManifest = {
    ...manifest,
    functions: manifest.functions.map((fn) => ({
      ...fn,
      configError: fn.configError === null ? null : packError(fn.configError),
    })),
    claims: manifest.claims.map((claim) => ({ ...claim, fn: claim.fn.key })),
  };
  return serialize(plain);
}

export function unpackManifest(bytes: Uint8Array): Manifest {
  const { functions: plain, claims, ...rest } = deserialize(bytes) as PlainManifest;
  const functions = plain.map((fn) => ({
    ...fn,
    configError: fn.configError === null ? null : unpackError(fn.configError),
  }));
  const byKey = new Map<string, FunctionSpec>(functions.map((fn) => [fn.key, fn]));
  return { ...rest, functions, claims: claims.map((claim) => ({ ...claim, fn: byKey.get(claim.fn)! })) };
}
