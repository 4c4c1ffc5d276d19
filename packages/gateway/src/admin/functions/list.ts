import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUNTIMES } from '@fastfn/core';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { functionPolicy, handlerFile, urlsOf } from './describe.js';
import { currentApp } from './query.js';

/** Every function version in one flat list, for tools. */
export const functionList: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    const app = currentApp(exchange);
    const states = new Map(exchange.context.options.backend.status().functions.map((fn) => [fn.key, fn.state]));
    const list = app.manifest.functions.map((fn) => ({
      key: fn.key,
      runtime: fn.runtime,
      name: fn.name,
      version: fn.version,
      aliases: fn.aliases,
      group: fn.group,
      summary: fn.docs.summary,
      file: handlerFile(fn),
      routes: urlsOf(app, fn),
      policy: functionPolicy(app, fn),
      state: states.get(fn.key) ?? 'cold',
    }));
    answerJson(exchange, 200, list);
  },
};

/** Packs of shared dependencies that functions may name in `shared_deps`. SPEC §13. */
export const packs: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    const { root } = currentApp(exchange).manifest;
    const runtimes = RUNTIMES.map(
      (runtime) => [runtime, { packs: packsIn(join(root, '.fastfn/packs', runtime)) }] as const,
    );
    answerJson(exchange, 200, { runtimes: Object.fromEntries(runtimes.filter(([, { packs }]) => packs.length > 0)) });
  },
};

function packsIn(folder: string): { name: string }[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
