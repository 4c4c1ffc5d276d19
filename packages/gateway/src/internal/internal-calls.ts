import {
  type CallOptions,
  type CallOutcome,
  type CallRunner,
  FastFnError,
  type FunctionSpec,
  functionKey,
  type StoredCall,
} from '@fastfn/core';
import { type Call, readCall } from '../admin/invoke/call.js';
import { MemoryResponse } from '../admin/invoke/memory-response.js';
import { wholeBodyLimit } from '../admin/invoke/run.js';
import { findTarget, type Target, targetWithoutParams } from '../admin/invoke/target.js';
import type { JsonObject } from '../admin/request-body.js';
import type { TrustedPeers } from '../client-address.js';
import type { GatewayContext } from '../context.js';
import { invoke } from '../invoke.js';
import { bodyTooLarge } from '../policies/body-limit/read-body.js';
import { conflictError } from '../policies/conflict/conflict.js';
import { ready } from '../policies/ready/ready.js';
import { decodePath } from '../request.js';
import type { Step } from '../step.js';
import { beginTrace } from '../tracing/begin.js';
import { MemoryMessages } from '../wire/memory-messages.js';
import { detachedConnection } from './detached-connection.js';
import { InternalExchange } from './internal-exchange.js';

/** What is left of the chain of public calls for a stored one. */
const STORED_CHAIN: readonly Step[] = [ready, wholeBodyLimit, invoke];

/** Address of calls that no client asked for. */
const OWN_ADDRESS = '127.0.0.1';

export interface PrepareOptions {
  /** Who asks for the call; default: this machine. */
  readonly clientIp?: string;
  /** The function is called even where its route needs parameters that the call lacks: schedules have none. */
  readonly lenient?: boolean;
}

/** Calls that FastFN makes itself, for jobs and schedules. */
export interface InternalCalls {
  /**
   * Settles whom a call reaches and under which URL, in the terms of `/_fn/invoke`.
   * @throws FastFnError as `/_fn/invoke` answers: `bad_request`, `missing_params`, `not_found`, `method_not_allowed`,
   * `route_conflict`, `payload_too_large`, `starting`.
   */
  prepare(call: JsonObject, options?: PrepareOptions): StoredCall;
  /** Through limits, pool, proxy and errors like a public call. A function that is gone by now is an outcome too. */
  readonly run: CallRunner;
}

/** @param contextOf asked with each call: the context itself holds what is made here. */
export function createInternalCalls(trusted: TrustedPeers, contextOf: () => GatewayContext): InternalCalls {
  const connection = detachedConnection(trusted);

  function prepare(body: JsonObject, { clientIp = OWN_ADDRESS, lenient = false }: PrepareOptions = {}): StoredCall {
    const { app } = contextOf();
    if (app === null) throw new FastFnError('starting', 'The server is still starting; try again in a moment.');
    const call = readCall(body);
    const target = lenient ? targetWithoutParams(app, call) : findTarget(app, call);
    if (target.match.kind === 'conflict') throw conflictError(target.match.conflict);
    if (target.match.kind !== 'route') throw new FastFnError('not_found', `Nothing answers at ${target.path}.`);
    const { route, params } = target.match;
    const limit = route.fn.policy.maxBodyBytes;
    if (call.body.length > limit) throw bodyTooLarge(limit);
    return { ...storedFields(route.fn, call, target), params, clientIp };
  }

  async function run(call: StoredCall, options: CallOptions): Promise<CallOutcome> {
    const context = contextOf();
    const { headers, method, body } = call;
    const response = new MemoryResponse(options.maxBodyBytes, 'cut');
    const exchange = new InternalExchange(
      context,
      connection,
      new MemoryMessages(method, headers, response),
      STORED_CHAIN,
    );
    exchange.requestId = context.nextRequestId();
    exchange.clientIp = call.clientIp;
    exchange.host = headers.host ?? '';
    exchange.rawPath = call.path;
    exchange.routePath = call.path;
    exchange.path = decodePath(call.path) ?? call.path;
    exchange.search = call.search;
    exchange.body = body;
    exchange.callContext = { ...('user' in call && { user: call.user }), ...options.context };
    beginTrace(exchange);
    const abort = (): void => exchange.abort(response);
    options.signal?.addEventListener('abort', abort, { once: true });
    if (options.signal?.aborted) abort();
    else if (context.app !== null && !isKnown(exchange, call)) exchange.fail(gone(call));
    else exchange.advance();
    // Never null: a body beyond the limit is cut.
    const collected = (await response.done)!;
    options.signal?.removeEventListener('abort', abort);
    return exchange.outcome(collected);
  }

  return { prepare, run };
}

/** Finds the function as it is now: it may have been edited since the call was stored. */
function isKnown(exchange: InternalExchange, call: StoredCall): boolean {
  const fn = exchange.app!.table.functionByName(call.name, call.version, call.runtime);
  if (fn === null || fn.key !== functionKey(call.runtime, call.name, call.version)) return false;
  exchange.fn = fn;
  exchange.match = {
    kind: 'route',
    params: call.params,
    route: {
      pattern: call.template ?? call.path,
      methods: [call.method],
      hosts: [],
      fn,
      rank: 1,
      force: false,
      origin: 'version',
      source: '',
    },
  };
  return true;
}

function gone({ runtime, name, version }: StoredCall): FastFnError {
  return new FastFnError('not_found', `The function ${functionKey(runtime, name, version)} is no more.`);
}

function storedFields(
  { runtime, name, version }: FunctionSpec,
  call: Call,
  target: Target,
): Omit<StoredCall, 'params' | 'clientIp'> {
  const { body, search, context } = call;
  return {
    runtime,
    name,
    version,
    method: target.method,
    path: target.path,
    template: target.template,
    search,
    headers: {
      host: target.host || 'localhost',
      ...call.headers,
      ...(body.length > 0 && { 'content-length': String(body.length) }),
    },
    body,
    ...(context !== null && { user: context.user }),
  };
}
