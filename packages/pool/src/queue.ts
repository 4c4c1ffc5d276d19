/** What an element of a {@link FifoQueue} carries: its place in the one queue it is in. */
export interface QueueNode<T extends QueueNode<T>> {
  queuePrev: T | null;
  queueNext: T | null;
  /** Null: in no queue. */
  queue: FifoQueue<T> | null;
}

/** First in, first out, with removal from the middle in constant time and no allocation: the elements are the links. */
export class FifoQueue<T extends QueueNode<T>> {
  #first: T | null = null;
  #last: T | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | null {
    return this.#first;
  }

  /** The element must be in no queue. */
  push(element: T): void {
    element.queue = this;
    element.queuePrev = this.#last;
    element.queueNext = null;
    if (this.#last === null) this.#first = element;
    else this.#last.queueNext = element;
    this.#last = element;
    this.#size++;
  }

  /** The element must be in no queue, `next` in this one; null: at the end. */
  insertBefore(element: T, next: T | null): void {
    if (next === null) {
      this.push(element);
      return;
    }
    const { queuePrev } = next;
    element.queue = this;
    element.queuePrev = queuePrev;
    element.queueNext = next;
    next.queuePrev = element;
    if (queuePrev === null) this.#first = element;
    else queuePrev.queueNext = element;
    this.#size++;
  }

  /** The element must be in this queue. */
  remove(element: T): void {
    const { queuePrev, queueNext } = element;
    if (queuePrev === null) this.#first = queueNext;
    else queuePrev.queueNext = queueNext;
    if (queueNext === null) this.#last = queuePrev;
    else queueNext.queuePrev = queuePrev;
    element.queue = null;
    element.queuePrev = null;
    element.queueNext = null;
    this.#size--;
  }

  shift(): T | null {
    const element = this.#first;
    if (element !== null) this.remove(element);
    return element;
  }
}
