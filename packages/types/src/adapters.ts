/** `invoke.adapter` of `fn.config.json`, without its aliases. */
export type AdapterName = 'aws-lambda' | 'cloudflare-worker' | 'fetch' | 'asgi' | 'wsgi';

/** What `fetch` runs: a function exported under that name or as default … */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** … or an app that has it (Hono, itty-router). */
export interface FetchApp {
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * What `cloudflare-worker` runs: `export default { fetch } satisfies WorkerModule<Env>`.
 *
 * @typeParam Env the function's values and secrets
 */
export interface WorkerModule<Env = Record<string, string>> {
  fetch(request: Request, env: Env, ctx: WorkerContext): Response | Promise<Response>;
}

export interface WorkerContext {
  /** The promise goes on after the answer; its failure is printed. */
  waitUntil(promise: Promise<unknown>): void;
  /** Has no effect: there is no origin behind FastFN. */
  passThroughOnException(): void;
}

/**
 * What `aws-lambda` runs. Deliberately loose where AWS is: handlers typed by `@types/aws-lambda` (`APIGatewayProxyHandlerV2`)
 * run as they are and need nothing of this.
 */
export type LambdaHandler = (
  event: LambdaEvent,
  context: LambdaContext,
  callback: (error: unknown, result?: LambdaResult) => void,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers by its callback returns nothing
) => LambdaResult | Promise<LambdaResult> | void;

/** API Gateway HTTP API, payload version 2.0. */
export interface LambdaEvent {
  version: '2.0';
  routeKey: '$default';
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
  pathParameters?: Record<string, string | undefined>;
  requestContext: {
    accountId: string;
    apiId: string;
    authorizer?: { lambda: unknown };
    domainName: string;
    domainPrefix: string;
    http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
    requestId: string;
    routeKey: string;
    stage: string;
    /** `12/Mar/2020:19:03:58 +0000` */
    time: string;
    /** Epoch milliseconds. */
    timeEpoch: number;
  };
  body?: string;
  isBase64Encoded: boolean;
}

export interface LambdaContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  /** Milliseconds until the call is stopped. */
  getRemainingTimeInMillis(): number;
}

/** With `statusCode` a response; anything else is the JSON body of a 200. */
export type LambdaResult =
  | {
      statusCode: number;
      headers?: Record<string, string | number | boolean>;
      multiValueHeaders?: Record<string, (string | number | boolean)[]>;
      cookies?: string[];
      body?: string;
      isBase64Encoded?: boolean;
    }
  | string
  | object
  | null
  | undefined;
