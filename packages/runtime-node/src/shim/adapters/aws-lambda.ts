import type { StartSpec } from '@fastfn/protocol';
import type { Call } from '../call.js';
import type { FnEvent } from '../event.js';
import type { Loaded } from '../loader/index.js';
import { type Handler, pickHandler } from '../pick.js';
import { search } from './web-request.js';

type LambdaHandler = (
  event: unknown,
  context: unknown,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

/**
 * An AWS Lambda handler behind an API Gateway HTTP API, payload version 2.0: promises and callbacks, and the answer
 * rules of that service.
 */
export function lambdaAdapter(spec: StartSpec, file: string): (loaded: Loaded) => Handler {
  return (loaded) => {
    const handler = pickHandler(loaded, spec.handler, file) as unknown as LambdaHandler;
    return (event, _params, call) => invoke(handler, event, call, spec);
  };
}

function invoke(handler: LambdaHandler, event: FnEvent, call: Call, spec: StartSpec): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, result?: unknown): void => {
      if (error === null || error === undefined) resolve(toResponse(result));
      else
        reject(error instanceof Error ? error : new Error(typeof error === 'string' ? error : JSON.stringify(error)));
    };
    const returned = handler(toLambdaEvent(event), toLambdaContext(event, call, spec, settle), settle);
    if (typeof (returned as PromiseLike<unknown> | null)?.then === 'function') {
      (returned as PromiseLike<unknown>).then(
        (result) => settle(null, result),
        (error: unknown) => settle(error ?? new Error('The handler rejected without a reason.')),
      );
    } else if (returned !== undefined || handler.length < 3) settle(null, returned);
    // A handler that takes a callback and returned nothing will call it.
  });
}

function toLambdaEvent(event: FnEvent): Record<string, unknown> {
  const { headers, context } = event;
  const rawQueryString = search(event.query).slice(1);
  const host = headers.host ?? 'localhost';
  const query = Object.entries(event.query).map(
    ([name, value]) => [name, typeof value === 'string' ? value : value.join(',')] as const,
  );
  const hasBody = event.body !== null;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: event.raw_path,
    rawQueryString,
    ...(headers.cookie !== undefined && { cookies: headers.cookie.split(/;\s*/) }),
    headers,
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(event.params).length > 0 && { pathParameters: event.params }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'fastfn',
      domainName: host.replace(/:\d+$/, ''),
      domainPrefix: host.split('.', 1)[0],
      http: {
        method: event.method,
        path: event.path,
        protocol: 'HTTP/1.1',
        sourceIp: event.client.ip,
        userAgent: event.client.ua ?? '',
      },
      requestId: event.id,
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(event.ts),
      timeEpoch: event.ts,
      ...(context.user !== null && { authorizer: { lambda: context.user } }),
    },
    ...(hasBody && { body: event.body }),
    isBase64Encoded: event.is_base64,
  };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(ts: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ts).toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

function toLambdaContext(
  event: FnEvent,
  call: Call,
  spec: StartSpec,
  settle: (error: unknown, result?: unknown) => void,
): Record<string, unknown> {
  const name = String(spec.context.function_name ?? '');
  return {
    awsRequestId: event.id,
    functionName: name,
    functionVersion: event.version === 'default' ? '$LATEST' : event.version,
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: String(spec.memory_mb || 1024),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: String(process.pid),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - Date.now()),
    done: settle,
    succeed: (result: unknown) => settle(null, result),
    fail: (error: unknown) => settle(error ?? new Error('context.fail() was called.')),
  };
}

/** API Gateway's rules: with `statusCode` it is a response, anything else is the JSON body of a 200. */
function toResponse(result: unknown): unknown {
  if (typeof result === 'object' && result !== null && 'statusCode' in result) {
    const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = result as Record<
      string,
      unknown
    >;
    return {
      statusCode: typeof statusCode === 'string' ? Number(statusCode) : statusCode,
      headers: { ...(headers as object | undefined), ...(multiValueHeaders as object | undefined) },
      cookies: cookies ?? [],
      body,
      isBase64Encoded: isBase64Encoded === true,
    };
  }
  if (result === undefined || result === null) return null;
  return { status: 200, headers: { 'content-type': 'application/json' }, body: result };
}
