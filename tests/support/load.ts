import { Agent, get } from 'node:http';

/** What one request came to: a status, or the code of a socket's error. */
export interface Outcome {
  readonly status: number | string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Clients with a connection each, which they keep. */
export class Clients {
  readonly url: string;
  readonly #agents: Agent[];

  constructor(url: string, count: number) {
    this.url = url;
    this.#agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  /** One request of one client. */
  ask(client: number, path: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const broken = (error: NodeJS.ErrnoException): void =>
        resolve({ status: error.code ?? error.message, headers: {}, body: '' });
      get(this.url + path, { agent: this.#agents[client]! }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part));
        response.on('error', broken);
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      }).on('error', broken);
    });
  }

  /** Every client asks again and again while `go` says so. */
  async run(path: string, go: () => boolean, each: (outcome: Outcome) => void): Promise<void> {
    await Promise.all(
      this.#agents.map(async (_, client) => {
        while (go()) each(await this.ask(client, path));
      }),
    );
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }
}
