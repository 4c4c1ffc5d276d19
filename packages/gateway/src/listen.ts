import { createServer, type Server } from 'node:net';
import { UsageError } from '@fastfn/core';
import type { ListenAddress, ListenOptions } from './options.js';

/** Binds a server. @throws UsageError `port_in_use`, `port_denied`, `address_unavailable`. */
export async function listenOn(server: Server, { host, port }: ListenOptions): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      reject(usageError(error, host, port));
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen({ host, port });
  });
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return { host, port: actual, url: `http://${urlHost(host)}:${actual}` };
}

/** Finds out whether a port is free, before anything else is started. Port 0 always is. @throws as {@link listenOn}. */
export async function checkPort(options: ListenOptions): Promise<void> {
  const probe = createServer();
  await listenOn(probe, options);
  await new Promise((resolve) => probe.close(resolve));
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function usageError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UsageError(
        'port_in_use',
        `Port ${port} on ${host} is already in use.`,
        `Stop what uses it (find it with: lsof -i :${port}), or choose another port: --port ${port + 1} or FN_HOST_PORT.`,
        { cause: error },
      );
    case 'EACCES':
      return new UsageError(
        'port_denied',
        `This user may not listen on port ${port}.`,
        'Ports below 1024 belong to the system; choose a higher one with --port.',
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(
        'address_unavailable',
        `This machine has no address "${host}".`,
        'Use --host 127.0.0.1 for this machine only, or --host 0.0.0.0 for all its addresses.',
        { cause: error },
      );
    default:
      return error;
  }
}
