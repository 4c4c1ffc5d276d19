import { createServer, type Socket } from 'node:net';
import { type ListenAddress, listenOn } from '@fastfn/gateway';

/** Connections that wait while no gateway is there to take them. */
const MAX_WAITING = 1024;

/** Takes the connections of the one port and deals them out in turn. */
export class Acceptor {
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.offer(socket));
  readonly #waiting: Socket[] = [];
  readonly #give: (socket: Socket) => boolean;

  /** @param give false: nobody can take it now */
  constructor(give: (socket: Socket) => boolean) {
    this.#give = give;
  }

  /** @throws as {@link listenOn} */
  listen(address: { host: string; port: number }): Promise<ListenAddress> {
    return listenOn(this.#server, address);
  }

  offer(socket: Socket): void {
    // Until it is handed over nobody listens for its errors.
    socket.on('error', () => {});
    if (socket.destroyed || this.#give(socket)) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(socket);
    else socket.destroy();
  }

  /** Somebody can take connections again. */
  resume(): void {
    for (const socket of this.#waiting.splice(0)) this.offer(socket);
  }

  /** Takes no more; those that wait for a gateway are closed. */
  close(): void {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }
}
