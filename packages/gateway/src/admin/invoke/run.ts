import { FastFnError } from '@fastfn/core';
import { Exchange } from '../../exchange.js';
import { invoke } from '../../invoke.js';
import { bodyTooLarge } from '../../policies/body-limit/read-body.js';
import { conflict } from '../../policies/conflict/conflict.js';
import { ready } from '../../policies/ready/ready.js';
import { decodePath } from '../../request.js';
import { CapturedOutput } from '../../respond/captured-output.js';
import type { Step } from '../../step.js';
import { beginTrace } from '../../tracing/begin.js';
import { MemoryMessages } from '../../wire/memory-messages.js';
import type { Call } from './call.js';
import { type CollectedResponse, MemoryResponse } from './memory-response.js';
import type { Target } from './target.js';

/** Largest answer of an internal call, bytes. */
const MAX_RESPONSE = 16 * 1024 * 1024;
/** Printed output that is kept, characters a stream. */
const MAX_OUTPUT = 262_144;

/** What is left of the chain of public calls once it is settled who answers, and with which body. */
const CALL_CHAIN: readonly Step[] = [ready, conflict, wholeBodyLimit, invoke];

export interface CallResult {
  readonly response: CollectedResponse;
  readonly stdout: string;
  readonly stderr: string;
  readonly latencyMs: number;
}

/**
 * Makes a call inside the gateway, through the same stations as a public one: limits, pool, proxy, errors. It ends with
 * the client that asked for it.
 * @throws FastFnError `response_too_large` beyond 16 MiB.
 */
export async function runCall(caller: Exchange, call: Call, target: Target): Promise<CallResult> {
  const { context, connection } = caller;
  const headers: Record<string, string> = {
    host: target.host || caller.headers.get('host') || 'localhost',
    ...call.headers,
    ...(call.body.length > 0 && { 'content-length': String(call.body.length) }),
  };
  const res = new MemoryResponse(MAX_RESPONSE);
  const exchange = new Exchange(context, connection, new MemoryMessages(target.method, headers, res), CALL_CHAIN);
  exchange.requestId = context.nextRequestId();
  exchange.clientIp = caller.clientIp;
  exchange.host = headers.host!;
  exchange.rawPath = target.path;
  exchange.routePath = target.path;
  exchange.path = decodePath(target.path) ?? target.path;
  exchange.search = call.search;
  exchange.match = target.match;
  exchange.fn = target.match.kind === 'route' ? target.match.route.fn : null;
  exchange.body = call.body;
  exchange.callContext = call.context;
  const output = new CapturedOutput(MAX_OUTPUT);
  exchange.output = output;
  beginTrace(exchange, caller);
  exchange.advance();

  const response = await res.done;
  if (response === null) {
    exchange.cancel('canceled');
    exchange.breakOff(exchange.res.statusCode, 'response_too_large');
    throw new FastFnError(
      'response_too_large',
      `The answer is larger than ${MAX_RESPONSE} bytes; call the URL itself.`,
    );
  }
  return {
    response,
    stdout: output.stdout,
    stderr: output.stderr,
    latencyMs: Math.round((performance.now() - exchange.startedAt) * 10) / 10,
  };
}

/** The body is here already; only its length is left to look at. */
export function wholeBodyLimit({ body, fn }: Exchange): boolean {
  const limit = fn!.policy.maxBodyBytes;
  if (body.length > limit) throw bodyTooLarge(limit);
  return true;
}
