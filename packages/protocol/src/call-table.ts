const FEWEST_SLOTS = 64;
const MOST_SLOTS = 4096;

/**
 * What runs on one connection, by the ids of its calls, which the caller counts up (PROTOCOL.md §4). An id has its slot; a call that has
 * run for so long that a later one finds its slot taken has the later one put into a Map.
 *
 * A Map alone would do, but under load its garbage costs a tenth of all time: V8 makes it a new table for every few dozen entries that
 * come and go, and a table out of use points to the one that came after it. Once one of them has lived to be in the old
 * generation, all that follow it get there too, with the calls that were in them, until a collection of everything.
 */
export class CallTable<T> {
  #values: (T | undefined)[] = new Array<T | undefined>(FEWEST_SLOTS).fill(undefined);
  #ids = new Uint32Array(FEWEST_SLOTS);
  #inSlots = 0;
  readonly #others = new Map<number, T>();

  /** @param id a whole number below 2^32 */
  get(id: number): T | undefined {
    const slot = id & (this.#ids.length - 1);
    if (this.#ids[slot] === id && this.#values[slot] !== undefined) return this.#values[slot];
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  /** Puts a call in, in place of another with this id. */
  set(id: number, value: T): void {
    if (this.#others.size > 0) this.#others.delete(id);
    let slot = id & (this.#ids.length - 1);
    if (this.#isTaken(slot, id) && this.#inSlots * 2 > this.#ids.length && this.#ids.length < MOST_SLOTS) {
      this.#grow();
      slot = id & (this.#ids.length - 1);
    }
    if (this.#isTaken(slot, id)) {
      this.#others.set(id, value);
      return;
    }
    if (this.#values[slot] === undefined) this.#inSlots++;
    this.#values[slot] = value;
    this.#ids[slot] = id;
  }

  #isTaken(slot: number, id: number): boolean {
    return this.#values[slot] !== undefined && this.#ids[slot] !== id;
  }

  /** Fine when it is not in. */
  delete(id: number): void {
    const slot = id & (this.#ids.length - 1);
    if (this.#ids[slot] === id && this.#values[slot] !== undefined) {
      this.#values[slot] = undefined;
      this.#inSlots--;
    } else if (this.#others.size > 0) this.#others.delete(id);
  }

  /** All that is in now, by ids upwards. */
  values(): T[] {
    return this.#entries()
      .sort(([one], [other]) => one - other)
      .map(([, value]) => value);
  }

  clear(): void {
    this.#values.fill(undefined);
    this.#inSlots = 0;
    this.#others.clear();
  }

  #entries(): [id: number, value: T][] {
    const entries: [number, T][] = [...this.#others];
    for (const [slot, value] of this.#values.entries())
      if (value !== undefined) entries.push([this.#ids[slot]!, value]);
    return entries;
  }

  /** Ids differ in their low bits, so those that had a slot each still have. */
  #grow(): void {
    const entries = this.#entries();
    const slots = this.#ids.length * 2;
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#ids = new Uint32Array(slots);
    this.#inSlots = 0;
    this.#others.clear();
    for (const [id, value] of entries) this.set(id, value);
  }
}
