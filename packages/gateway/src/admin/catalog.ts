import { DEFAULT_RUNTIME_ORDER, FastFnError, type FunctionSpec } from '@fastfn/core';
import { describeRoutes } from '@fastfn/router';
import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';
import { describePolicy } from './policy.js';

/** Everything discovery found and the router decided, with all diagnostics. SPEC §11. */
export const catalog: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    const { app, context } = exchange;
    if (app === null) throw new FastFnError('starting', 'The server is still starting; try again in a moment.');
    const { snapshot, manifest, table } = app;
    answerJson(exchange, 200, {
      generated_at: snapshot.generatedAt,
      functions_root: manifest.root,
      runtime_order: context.options.runtimeOrder ?? DEFAULT_RUNTIME_ORDER,
      ...describeRoutes(table),
      runtimes: runtimes(manifest.functions),
      diagnostics: [...manifest.diagnostics, ...table.diagnostics],
    });
  },
};

function runtimes(functions: readonly FunctionSpec[]): object {
  const grouped: Record<string, { functions: object[] }> = {};
  const seen = new Set<string>();
  for (const { runtime, name } of functions) {
    if (seen.has(`${runtime}/${name}`)) continue;
    seen.add(`${runtime}/${name}`);
    grouped[runtime] ??= { functions: [] };
    grouped[runtime].functions.push(
      describeFunction(functions.filter((fn) => fn.runtime === runtime && fn.name === name)),
    );
  }
  return grouped;
}

/** @param versions all versions of one function. */
function describeFunction(versions: readonly FunctionSpec[]): object {
  const main = versions.find((fn) => fn.version === 'default');
  const named = versions.filter((fn) => fn.version !== 'default');
  const { name, group, docs, policy } = main ?? versions[0]!;
  return {
    name,
    group,
    has_default: main !== undefined,
    versions: named.map((fn) => fn.version),
    summary: docs.summary,
    policy: describePolicy(policy),
    versions_policy: Object.fromEntries(named.map((fn) => [fn.version, describePolicy(fn.policy)])),
  };
}
