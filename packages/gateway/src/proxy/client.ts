import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { isPublicAddress } from './address.js';

/** Time to connect to an upstream, ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The target of a connection is no global unicast address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/**
 * Connections to upstreams. Two agents, because kept-alive connections are shared: one that connects only to public
 * addresses, one for functions that may reach private ones.
 */
export class ProxyClient {
  #guarded: Agent | null = null;
  #open: Agent | null = null;

  agent(allowPrivate: boolean): Agent {
    if (allowPrivate) {
      this.#open ??= new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
      return this.#open;
    }
    this.#guarded ??= new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS, lookup: publicLookup } });
    return this.#guarded;
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded?.destroy(), this.#open?.destroy()]);
  }
}

/**
 * Resolves a name for a connection, and refuses when any of its addresses is not public: what is checked here is what
 * gets connected to, so a name that changes its address between check and use gains nothing.
 */
const publicLookup: LookupFunction = (hostname, options, callback) => {
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
