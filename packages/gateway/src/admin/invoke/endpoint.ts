import { bodyJson, FastFnError, headersJson } from '@fastfn/core';
import { errorBody } from '../../errors/error-body.js';
import type { Exchange } from '../../exchange.js';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { readJson } from '../request-body.js';
import { readCall } from './call.js';
import { type CallResult, runCall } from './run.js';
import { findTarget, type Target } from './target.js';

/** Largest body: that of a function, wrapped in JSON. */
const MAX_BODY = 16 * 1024 * 1024;

/** Calls a function through the same chain as the public, and tells what came of it and what it printed. SPEC §11. */
export const invokeEndpoint: Endpoint = {
  methods: ['POST'],
  access: 'guarded',
  async serve(exchange) {
    const call = readCall(await readJson(exchange, MAX_BODY));
    const { app } = exchange;
    if (app === null) throw new FastFnError('starting', 'The server is still starting; try again in a moment.');
    try {
      const target = findTarget(app, call);
      answerJson(exchange, 200, describe(target, await runCall(exchange, call, target)));
    } catch (error) {
      if (error instanceof FastFnError && error.code === 'missing_params') answerMissing(exchange, error);
      else throw error;
    }
  },
};

/** Names the parameters where a program finds them at once, beside the usual `details`. */
export function answerMissing(exchange: Exchange, error: FastFnError): void {
  answerJson(exchange, error.status, { ...errorBody(error, exchange.requestId, false), ...error.details });
}

function describe(target: Target, { response, stdout, stderr, latencyMs }: CallResult): object {
  const { status, headers, body, incomplete } = response;
  return {
    status,
    latency_ms: latencyMs,
    headers: headersJson(headers),
    ...bodyJson(body),
    stdout,
    stderr,
    route: target.path,
    route_template: target.template,
    ...(incomplete && { incomplete }),
  };
}
