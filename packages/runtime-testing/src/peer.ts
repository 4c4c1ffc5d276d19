import { type Connection, connect, type PayloadMessage } from '@fastfn/protocol';

/** A connection whose messages can be waited for. */
export interface Peer {
  readonly connection: Connection;
  readonly seen: PayloadMessage[];
  /** The first message, seen or to come, that `test` accepts. */
  next<T extends PayloadMessage>(test: (message: PayloadMessage) => boolean): Promise<T>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Error | null>;
  send(message: PayloadMessage): void;
}

export interface OpenOptions {
  /** Gives credit back for each chunk. */
  readonly autoCredit?: boolean;
  onHello?(): void;
}

export async function open(path: string, options: OpenOptions = {}): Promise<Peer> {
  const seen: PayloadMessage[] = [];
  const waiting = new Set<() => void>();
  let gone: Error | null | undefined;
  let resolveClosed!: (error: Error | null) => void;
  const closed = new Promise<Error | null>((resolve) => {
    resolveClosed = resolve;
  });
  const connection = await connect(path, {
    side: 'gateway',
    hello: { pid: process.pid },
    onHello: options.onHello,
    onMessage(message) {
      if (options.autoCredit && message[0] === 41) connection.send([23, message[1], message[2].length]);
      seen.push(message);
      for (const check of [...waiting]) check();
    },
    onClose(error) {
      gone = error;
      resolveClosed(error);
      for (const check of [...waiting]) check();
    },
  });
  return {
    connection,
    seen,
    closed,
    send: (message) => connection.send(message),
    next: <T extends PayloadMessage>(test: (message: PayloadMessage) => boolean) =>
      new Promise<T>((resolve, reject) => {
        const check = () => {
          const found = seen.find(test);
          if (found === undefined && gone === undefined) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found as T);
          else reject(new Error(`The connection closed: ${gone?.message ?? 'no error'}; seen ${JSON.stringify(seen)}`));
        };
        waiting.add(check);
        check();
      }),
  };
}
