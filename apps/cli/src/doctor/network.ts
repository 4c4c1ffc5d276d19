import { Resolver } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';

/** Certificate that a server shows for a name. */
export interface Certificate {
  /** Why browsers refuse it; null when they accept it. */
  readonly problem: string | null;
  /** Epoch ms. */
  readonly validTo: number;
  readonly issuer: string;
}

/** What the checks of a domain ask of the network. Nothing here rejects, and everything ends within {@link LIMIT_MS}. */
export interface Network {
  /** A and AAAA records, from the name servers of this machine. */
  addresses(domain: string): Promise<readonly string[]>;
  /** Addresses of this machine's own interfaces, loopback left out. */
  ownAddresses(): readonly string[];
  canConnect(address: string, port: number): Promise<boolean>;
  /** Null when no TLS is spoken there. */
  certificate(domain: string, address: string): Promise<Certificate | null>;
  /** Status of `HEAD /`, whatever the certificate is; null when nothing answers. */
  status(domain: string, scheme: 'http' | 'https'): Promise<number | null>;
}

const LIMIT_MS = 4_000;

export const network: Network = {
  async addresses(domain) {
    const resolver = new Resolver({ timeout: LIMIT_MS / 2, tries: 2 });
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(domain), resolver.resolve6(domain)]);
    return [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  },

  ownAddresses() {
    return Object.values(networkInterfaces()).flatMap((entries = []) =>
      entries.filter(({ internal }) => !internal).map(({ address }) => address),
    );
  },

  canConnect(address, port) {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: LIMIT_MS });
      const end = (reached: boolean) => {
        socket.destroy();
        resolve(reached);
      };
      socket.once('connect', () => end(true));
      socket.once('timeout', () => end(false));
      socket.once('error', () => end(false));
    });
  },

  certificate(domain, address) {
    return new Promise((resolve) => {
      // A certificate that is refused shall be looked at, too.
      const socket = connectTls({
        host: address,
        port: 443,
        servername: domain,
        rejectUnauthorized: false,
        timeout: LIMIT_MS,
      });
      const end = (certificate: Certificate | null) => {
        socket.destroy();
        resolve(certificate);
      };
      socket.once('secureConnect', () => {
        const { valid_to, issuer } = socket.getPeerCertificate();
        end({
          problem: socket.authorized ? null : String(socket.authorizationError),
          validTo: Date.parse(valid_to),
          issuer: String(issuer?.O ?? issuer?.CN ?? 'unknown'),
        });
      });
      socket.once('timeout', () => end(null));
      socket.once('error', () => end(null));
    });
  },

  status(domain, scheme) {
    const request = scheme === 'https' ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const req = request(
        `${scheme}://${domain}/`,
        { method: 'HEAD', timeout: LIMIT_MS, agent: false, rejectUnauthorized: false },
        (res) => {
          resolve(res.statusCode ?? null);
          req.destroy();
        },
      );
      req.once('timeout', () => req.destroy());
      req.once('error', () => resolve(null));
      req.end();
    });
  },
};
