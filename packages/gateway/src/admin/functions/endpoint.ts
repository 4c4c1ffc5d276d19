import { readFileSync } from 'node:fs';
import type { FunctionSpec } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { Fields } from '../fields.js';
import { readJson } from '../request-body.js';
import { writeAtomically } from './atomic-write.js';
import { createFunction } from './create.js';
import { functionMetadata, functionPolicy, handlerFile } from './describe.js';
import { shownEnv } from './env.js';
import { listFiles } from './files.js';
import { containedFunction, currentApp, projectFormats, queryOf, reloaded } from './query.js';
import { removeFunction } from './remove.js';

const MAX_CODE = 1_048_576;

/** One function: shown, created, removed. SPEC §16. */
export const functionEndpoint: Endpoint = {
  methods: ['GET', 'POST', 'DELETE'],
  access: 'guarded',
  writes: ['POST', 'DELETE'],
  async serve(exchange) {
    if (exchange.method === 'POST') {
      const { fn, code } = await createFunction(exchange);
      answerJson(exchange, 201, { ...identity(fn), file: handlerFile(fn), code });
    } else if (exchange.method === 'DELETE') {
      projectFormats(exchange);
      removeFunction(currentApp(exchange), containedFunction(exchange));
      await exchange.context.options.backend.reload();
      answerJson(exchange, 200, { ok: true });
    } else answerJson(exchange, 200, describe(exchange));
  },
};

/** Replaces the handler of a function. */
export const functionCode: Endpoint = {
  methods: ['PUT'],
  access: 'guarded',
  writes: ['PUT'],
  async serve(exchange) {
    projectFormats(exchange);
    const fields = new Fields(await readJson(exchange));
    const code = fields.requiredText('code', MAX_CODE);
    fields.check();
    const fn = containedFunction(exchange);
    writeAtomically(fn.entry, code);
    answerJson(exchange, 200, { ...identity(await reloaded(exchange, fn)), file: handlerFile(fn), code });
  },
};

function describe(exchange: Exchange): object {
  const formats = projectFormats(exchange);
  const fn = containedFunction(exchange);
  const app = currentApp(exchange);
  const withCode = queryOf(exchange).get('include_code') !== '0';
  return {
    ...identity(fn),
    file: handlerFile(fn),
    ...(withCode && { code: readFileSync(fn.entry, 'utf8') }),
    policy: functionPolicy(app, fn),
    fn_env: shownEnv(formats, fn.folder),
    files: listFiles(fn),
    metadata: functionMetadata(app, fn),
  };
}

function identity({ runtime, name, version }: FunctionSpec): object {
  return { runtime, name, version };
}
