import { type LookupAddress, lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Agent, Dispatcher, request } from 'undici';
import { isPublicAddress } from './address.js';

/** Time to connect to an upstream, ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The target of a connection is no global unicast address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/**
 * Connections to upstreams. Two agents, because kept-alive connections are shared: one that connects only to public
 * addresses, one for functions that may reach private ones. The HTTP client is loaded by the first call: most servers
 * never make one, and it takes longer to load than the whole gateway.
 */
export class ProxyClient {
  #guarded: Agent | null = null;
  #open: Agent | null = null;

  /** Options as in undici, whose `request` this is. Rejects with {@link PrivateAddressError} and undici's errors. */
  async request(url: URL, options: UpstreamRequest, allowPrivate: boolean): Promise<Dispatcher.ResponseData<unknown>> {
    const undici = await import('undici');
    const dispatcher = allowPrivate ? this.#openAgent(undici.Agent) : this.#guardedAgent(undici.Agent);
    return undici.request(url, { ...options, dispatcher });
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded?.destroy(), this.#open?.destroy()]);
  }

  #openAgent(AgentClass: typeof Agent): Agent {
    this.#open ??= new AgentClass({ connect: { timeout: CONNECT_TIMEOUT_MS } });
    return this.#open;
  }

  #guardedAgent(AgentClass: typeof Agent): Agent {
    this.#guarded ??= new AgentClass({ connect: { timeout: CONNECT_TIMEOUT_MS, lookup: guardedLookup() } });
    return this.#guarded;
  }
}

type UpstreamRequest = Omit<NonNullable<Parameters<typeof request>[1]>, 'dispatcher'>;

/** Answers with every address of a name. */
export type Resolve = (
  hostname: string,
  options: Parameters<LookupFunction>[1] & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name for a connection, and refuses when any of its addresses is not public: what is checked here is what
 * gets connected to, so a name that changes its address between check and use gains nothing.
 */
export function guardedLookup(resolve: Resolve = resolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const hidden = addresses.find(({ address }) => !isPublicAddress(address));
      if (hidden !== undefined || addresses.length === 0) {
        return callback(new PrivateAddressError(`${hostname} has the address ${hidden?.address ?? 'none'}.`), '', 0);
      }
      if (options.all) return (callback as unknown as (e: null, found: typeof addresses) => void)(null, addresses);
      callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
