import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FastFnError, UsageError } from '@fastfn/core';
import { Admin } from './admin/admin.js';
import { ADMIN_DEFAULTS } from './admin/settings.js';
import { Telemetry } from './admin/telemetry/telemetry.js';
import { compileApp } from './app.js';
import { CHAIN } from './chain.js';
import { TrustedPeers } from './client-address.js';
import { Connections } from './connection.js';
import type { GatewayContext } from './context.js';
import { answerRaw, type ParserError, parserFault, refusedRecord } from './errors/parser-errors.js';
import { renderError } from './errors/render-error.js';
import { Exchange } from './exchange.js';
import { createInternalCalls } from './internal/internal-calls.js';
import { listenOn } from './listen.js';
import { type Gateway, type GatewayOptions, HTTP_LIMITS, type RequestRecord } from './options.js';
import { requestIdFactory } from './policies/request-id/request-id.js';
import { ProxyClient } from './proxy/client.js';
import { createOutbound } from './proxy/outbound.js';
import { NodeMessages } from './wire/node-messages.js';
import { adopted, incomingFor, servePlainly } from './wire/plain-connection.js';

/** How often node looks for connections past their header or request timeout, ms. */
const TIMEOUT_SWEEP_MS = 2_000;
const DEFAULT_DRAIN_MS = 10_000;

/**
 * The HTTP edge. Answers 503 `starting` until the first {@link Gateway.swap}.
 * @throws RangeError when a trusted proxy is no address range.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const trusted = new TrustedPeers(options.trustedProxies);
  const connections = new Connections(trusted);
  const context: GatewayContext = {
    options,
    invoker: options.invoker,
    logger: options.logger,
    trusted,
    chain: CHAIN,
    proxy: new ProxyClient(),
    admin: new Admin(options.admin ?? ADMIN_DEFAULTS),
    telemetry: options.telemetry ?? new Telemetry(),
    calls: createInternalCalls(trusted, () => context),
    nextRequestId: options.requestId ?? requestIdFactory(),
    tracing: null,
    app: null,
    stopping: false,
  };

  const book = (record: RequestRecord): void => {
    context.telemetry.request(record);
    options.onRequest?.(record);
  };
  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    new Exchange(context, connections.of(req.socket), new NodeMessages(req, res)).advance();
  };

  const server = createServer(
    {
      // Repeated headers are joined instead of dropped; repeated Host headers thereby become invalid, as they must.
      joinDuplicateHeaders: true,
      IncomingMessage: incomingFor as unknown as typeof IncomingMessage,
      // Missing Host headers are refused by the chain, with a JSON answer.
      requireHostHeader: false,
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_SWEEP_MS, limits.headersTimeoutMs),
      // One idle timer per connection (`timeout` below) instead of one set anew after each request.
      keepAliveTimeout: 0,
      noDelay: true,
    },
    (req, res) => {
      if (!adopted(req, res)) handle(req, res);
    },
  );
  server.timeout = limits.idleTimeoutMs;
  server.maxHeadersCount = 0; // bounded by maxHeaderSize
  server.on('connection', (socket: Socket) => {
    const connection = connections.of(socket);
    servePlainly(socket, (messages) => new Exchange(context, connection, messages).advance());
  });
  server.on('checkContinue', handle);
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
    const exchange = new Exchange(context, connections.of(req.socket), new NodeMessages(req, res));
    exchange.requestId = context.nextRequestId();
    renderError(
      exchange,
      new FastFnError('bad_request', 'Only "Expect: 100-continue" is understood.', { status: 417 }),
    );
  });
  server.on('connect', (req: IncomingMessage, socket: Socket) => {
    const refusal = new FastFnError('method_not_allowed', 'CONNECT is not served; FastFN is no forward proxy.');
    const requestId = context.nextRequestId();
    answerRaw(socket, refusal, requestId);
    book(refusedRecord(connections.of(socket).peer, refusal, requestId, 'CONNECT', req.url));
  });
  server.on('clientError', (error: ParserError, socket: Socket) => {
    const fault = parserFault(error);
    const connection = connections.of(socket);
    // Bytes of an answer that is under way must not be mixed with those of another.
    const answering = connection.active.some(({ messages }) => messages.begun) || socket.writableLength > 0;
    // A request that had begun is booked by itself.
    const known = connection.active.length > 0;
    connection.abandon();
    if (fault === null || answering || !socket.writable) socket.destroy();
    else {
      const requestId = context.nextRequestId();
      answerRaw(socket, fault, requestId);
      if (!known) book(refusedRecord(connection.peer, fault, requestId));
    }
  });
  server.on('timeout', (socket: Socket) => {
    const connection = connections.of(socket);
    // A running function may be silent for longer than a connection may; its own deadline bounds it.
    if (connection.active.length > 0 && socket.writableLength === 0) socket.setTimeout(limits.idleTimeoutMs);
    else socket.destroy();
  });

  let closing: Promise<void> | null = null;
  const close = async (drainMs: number): Promise<void> => {
    context.stopping = true;
    context.admin.close();
    const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
    for (const connection of connections) connection.closeIfIdle();
    const deadline = setTimeout(() => {
      for (const connection of connections) {
        for (const exchange of [...connection.active]) {
          exchange.cancel('canceled');
          if (exchange.messages.begun) exchange.breakOff(exchange.res.statusCode, 'shutting_down');
          else exchange.fail(new FastFnError('shutting_down', 'The server stopped before the answer was ready.'));
        }
        connection.socket.destroySoon();
      }
      server.closeAllConnections();
    }, drainMs);
    await Promise.all([closed, connections.emptied()]);
    clearTimeout(deadline);
    await context.proxy.close();
  };
  const closeOnce = (drainMs: number): Promise<void> => {
    closing ??= close(drainMs);
    return closing;
  };

  return {
    server,
    calls: context.calls,
    outbound: createOutbound(context.proxy),
    swap(snapshot) {
      context.app = compileApp(snapshot, options);
    },
    traceWith(tracing) {
      context.tracing = tracing;
    },
    handle,
    listen: (address) => {
      if (closing) throw new UsageError('closed', 'The gateway is closed.');
      return listenOn(server, address);
    },
    close: ({ drainMs = DEFAULT_DRAIN_MS } = {}) => closeOnce(drainMs),
    [Symbol.asyncDispose]: () => closeOnce(DEFAULT_DRAIN_MS),
  };
}
