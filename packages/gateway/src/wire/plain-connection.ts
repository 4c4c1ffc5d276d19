import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { NodeMessages } from './node-messages.js';
import { PlainMessages, type PlainOwner } from './plain-messages.js';

/** The parts of node:http's connection that are not in its types. Stable since node 0.12, looked for before they are used. */
interface HttpSocket extends Socket {
  parser?: HttpParser | null;
  /** The answer that is being written, or is next. */
  _httpMessage?: object | null;
  [OWNER]?: PlainConnection;
}

interface HttpParser {
  /** Called with the head of each request. */
  onIncoming: ((message: object, keepAlive: boolean) => number) | null;
  /** Who gets the body. */
  incoming: object | null;
}

/** Of a request that was plain until now: takes the response that node:http makes for it. */
interface PromotedRequest extends IncomingMessage {
  [ADOPT]?: (res: ServerResponse) => void;
  _addHeaderLines(raw: readonly string[], length: number): void;
}

const OWNER: unique symbol = Symbol('fastfn.plain.owner');
const ADOPT: unique symbol = Symbol('fastfn.plain.adopt');

/**
 * For `createServer({ IncomingMessage })`: requests on connections that {@link servePlainly} watches become
 * {@link PlainMessages}, all others what they always were. Called with `new`, which hands on the object that it returns.
 */
export function incomingFor(socket: Socket): object {
  const owner = (socket as HttpSocket)[OWNER];
  return owner === undefined ? new IncomingMessage(socket) : new PlainMessages(socket, owner);
}

/**
 * Watches a new connection of an HTTP server. The server goes on to parse it, to bound and to time it; only what it does with a
 * parsed request is put off: a request that a single write may answer goes to `onRequest`, any other to node:http, which
 * emits `request`, `checkContinue` and so on as ever. So does the first as soon as more than a plain answer is wanted of it.
 *
 * Where node's inner workings are not what this expects, it does nothing, and everything goes through node:http.
 */
export function servePlainly(socket: Socket, onRequest: (messages: PlainMessages) => void): void {
  const { parser } = socket as HttpSocket;
  if (typeof parser?.onIncoming === 'function') new PlainConnection(socket, parser, parser.onIncoming, onRequest);
}

/** For the listener of `request`: whether the response belongs to an exchange that began plainly, and has been handed over. */
export function adopted(req: IncomingMessage, res: ServerResponse): boolean {
  const adopt = (req as PromotedRequest)[ADOPT];
  adopt?.(res);
  return adopt !== undefined;
}

/** One connection, on which at most one plain request is being answered. */
class PlainConnection implements PlainOwner {
  #current: PlainMessages | null = null;

  /** @param hand what node:http does with a request. */
  constructor(
    private readonly socket: HttpSocket,
    parser: HttpParser,
    private readonly hand: (message: object, keepAlive: boolean) => number,
    private readonly onRequest: (messages: PlainMessages) => void,
  ) {
    socket[OWNER] = this;
    parser.onIncoming = (message, keepAlive) => this.#incoming(message as PlainMessages, keepAlive);
  }

  #incoming(messages: PlainMessages, keepAlive: boolean): number {
    messages.keepAlive = keepAlive;
    // A pipelined request: node:http keeps the answers in order, and for that it must know the one before, too.
    this.#current?.leavePlain();
    if (!this.#isPlain(messages)) return this.hand(this.#nodeRequest(messages), keepAlive);
    this.#current = messages;
    // To node:http the connection is busy with this answer, and not idle.
    this.socket._httpMessage = messages;
    this.onRequest(messages);
    return 0;
  }

  /** HTTP/1.1 on a connection that stays open, whose client takes what it gets, and nothing else is under way. */
  #isPlain(messages: PlainMessages): boolean {
    const { socket } = this;
    return (
      messages.keepAlive &&
      messages.httpVersionMajor === 1 &&
      messages.httpVersionMinor === 1 &&
      !messages.upgrade &&
      !socket._httpMessage &&
      !socket.writableNeedDrain &&
      !messages.headers.has('expect')
    );
  }

  sent(): void {
    this.#current = null;
    this.socket._httpMessage = null;
  }

  promote(messages: PlainMessages): NodeMessages {
    if (this.#current === messages) this.sent();
    const req = this.#nodeRequest(messages);
    let res: ServerResponse | null = null;
    req[ADOPT] = (made) => {
      res = made;
    };
    this.hand(req, messages.keepAlive);
    if (res === null) throw new Error('node:http made no response for a request.');
    if (messages.complete) {
      req.complete = true;
      req.push(null);
    }
    return new NodeMessages(req, res, messages.headers);
  }

  /** The same request as node:http would have made it; it gets what is still to come of the body. */
  #nodeRequest(messages: PlainMessages): PromotedRequest {
    const { socket } = this;
    const req = new IncomingMessage(socket) as PromotedRequest;
    req.httpVersionMajor = messages.httpVersionMajor;
    req.httpVersionMinor = messages.httpVersionMinor;
    req.httpVersion = messages.httpVersion;
    req.method = messages.method;
    req.url = messages.url;
    Object.assign(req, { upgrade: messages.upgrade, joinDuplicateHeaders: true });
    req._addHeaderLines(messages.rawHeaders, messages.rawHeaders.length);
    // The parser of a closed connection may serve another by now.
    if (socket.parser?.incoming === messages) socket.parser.incoming = req;
    return req;
  }
}
