/** Peers remembered at once. Beyond, the one not seen for longest is forgotten. */
const MAX_PEERS = 10_000;

/** Notes per peer, bounded: nobody can fill the memory by coming from many addresses. */
export class Peers<T> {
  readonly #notes = new Map<string, T>();

  get(peer: string): T | undefined {
    return this.#notes.get(peer);
  }

  set(peer: string, note: T): void {
    this.#notes.delete(peer);
    this.#notes.set(peer, note);
    if (this.#notes.size > MAX_PEERS) this.#notes.delete(this.#notes.keys().next().value!);
  }

  delete(peer: string): void {
    this.#notes.delete(peer);
  }
}
