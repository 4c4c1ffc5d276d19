import { expect, it } from 'vitest';
import { FifoQueue, type QueueNode } from './queue.js';

class Item implements QueueNode<Item> {
  queuePrev: Item | null = null;
  queueNext: Item | null = null;
  queue: FifoQueue<Item> | null = null;
  constructor(readonly name: string) {}
}

function setup(names: string) {
  const queue = new FifoQueue<Item>();
  const items = [...names].map((name) => new Item(name));
  for (const item of items) queue.push(item);
  const drain = (): string => {
    let order = '';
    for (let item = queue.shift(); item !== null; item = queue.shift()) order += item.name;
    return order;
  };
  return { queue, items, drain };
}

it('gives elements back in the order they came', () => {
  const { queue, drain } = setup('abcd');
  expect(queue.size).toBe(4);
  expect(drain()).toBe('abcd');
  expect(queue.size).toBe(0);
  expect(queue.shift()).toBeNull();
});

it.each([
  [[0], 'bcd'],
  [[3], 'abc'],
  [[1, 2], 'ad'],
  [[0, 1, 2, 3], ''],
  [[2, 1], 'ad'],
])('forgets elements %j taken out of the middle', (indexes, rest) => {
  const { queue, items, drain } = setup('abcd');
  for (const index of indexes) {
    queue.remove(items[index]!);
    expect(items[index]!.queue).toBeNull();
  }
  expect(queue.size).toBe(rest.length);
  expect(drain()).toBe(rest);
});

it('takes an element again after it left', () => {
  const { queue, items, drain } = setup('ab');
  queue.remove(items[0]!);
  queue.push(items[0]!);
  expect(drain()).toBe('ba');
});
