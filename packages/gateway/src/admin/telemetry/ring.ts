/** The last items of something, in order; older ones make room. */
export class Ring<T> {
  readonly #items: T[] = [];
  #next = 0;

  constructor(private readonly capacity: number) {}

  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** Oldest first. */
  toArray(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }
}
