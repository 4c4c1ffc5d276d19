import type { Socket } from 'node:net';
import { isLoopback, parseAddress, type TrustedPeers } from './client-address.js';
import type { Exchange } from './exchange.js';

/** One client connection: what is known of the peer, and the requests running on it. */
export class Connection {
  /** Address of the peer, IPv4-mapped IPv6 unwrapped; "" for a Unix socket. */
  readonly peer: string;
  /** The peer may speak for others. */
  readonly trusted: boolean;
  readonly loopback: boolean;
  /** Unfinished requests; more than one when the client pipelines. */
  readonly active: Exchange[] = [];

  constructor(
    readonly socket: Socket,
    trusted: TrustedPeers,
  ) {
    const remote = socket.remoteAddress ?? '';
    this.peer = parseAddress(remote)?.toString() ?? remote;
    this.trusted = trusted.has(this.peer);
    this.loopback = isLoopback(this.peer);
  }

  add(exchange: Exchange): void {
    this.active.push(exchange);
  }

  remove(exchange: Exchange): void {
    const index = this.active.indexOf(exchange);
    if (index === -1) return;
    const last = this.active.pop()!;
    if (index < this.active.length) this.active[index] = last;
  }

  /** Closes the connection once everything written has left, unless a request is running on it. */
  closeIfIdle(): void {
    if (this.active.length === 0) this.socket.destroySoon();
  }

  /** The client is gone: whoever works for it is told. */
  abandon(): void {
    for (const exchange of [...this.active]) exchange.clientGone();
  }
}

/** Known connections of one gateway, so that stopping can reach them all. */
export class Connections {
  readonly #all = new Set<Connection>();
  /** Sockets can be shared by two gateways through `handle()`; each keeps its own notes on them. */
  readonly #key = Symbol('fastfn.connection');
  readonly #trusted: TrustedPeers;
  #onEmpty: (() => void) | null = null;

  constructor(trusted: TrustedPeers) {
    this.#trusted = trusted;
  }

  of(socket: Socket): Connection {
    const slot = socket as unknown as Record<symbol, Connection | undefined>;
    return slot[this.#key] ?? this.#open(socket, slot);
  }

  #open(socket: Socket, slot: Record<symbol, Connection | undefined>): Connection {
    const connection = new Connection(socket, this.#trusted);
    slot[this.#key] = connection;
    if (socket.destroyed) return connection;
    this.#all.add(connection);
    socket.once('close', () => {
      this.#all.delete(connection);
      connection.abandon();
      if (this.#all.size === 0) this.#onEmpty?.();
    });
    return connection;
  }

  /** Resolves when there is none. Those count, too, that another process accepted and handed over. */
  emptied(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#all.size === 0) resolve();
    });
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#all[Symbol.iterator]();
  }
}
