/** The last items of something, in order; older ones make room. */
export class Ring<T> {
  readonly #items: T[] = [];
  #next = 0;

  constructor(private readonly capacity: number) {}

  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** Empties it. @returns what was in it, oldest first */
  drain(): T[] {
    const items = this.toArray();
    this.#items.length = 0;
    this.#next = 0;
    return items;
  }

  /** Oldest first. */
  toArray(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }
}
