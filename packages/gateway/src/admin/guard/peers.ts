import { parseAddress } from '../../client-address.js';

/** Peers remembered at once. Beyond, the one not seen for longest is forgotten. */
const MAX_PEERS = 10_000;

/** Notes per peer, bounded: nobody can fill the memory by coming from many addresses. */
export class Peers<T> {
  readonly #notes = new Map<string, T>();

  get(peer: string): T | undefined {
    return this.#notes.get(peerKey(peer));
  }

  set(peer: string, note: T): void {
    const key = peerKey(peer);
    this.#notes.delete(key);
    this.#notes.set(key, note);
    if (this.#notes.size > MAX_PEERS) this.#notes.delete(this.#notes.keys().next().value!);
  }

  delete(peer: string): void {
    this.#notes.delete(peerKey(peer));
  }
}

/** Groups of an IPv6 address that name the network: whoever has one has all 2^64 addresses in it. */
const NETWORK_GROUPS = 4;

/** One peer, by its address; of IPv6 by its /64 network, where addresses cost nothing. */
function peerKey(peer: string): string {
  if (!peer.includes(':')) return peer;
  const address = parseAddress(peer);
  if (address === null || !('parts' in address)) return peer;
  return address.parts.slice(0, NETWORK_GROUPS).join(':');
}
