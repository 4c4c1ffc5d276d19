import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallTable } from './call-table.js';

describe('CallTable', () => {
  it('gives back what was put in, and nothing else', () => {
    const table = new CallTable<string>();
    expect(table.get(0)).toBeUndefined();
    table.set(0, 'first');
    table.set(64, 'same slot');
    expect([table.get(0), table.get(64), table.get(128)]).toEqual(['first', 'same slot', undefined]);
    table.delete(0);
    expect([table.get(0), table.get(64)]).toEqual([undefined, 'same slot']);
    table.delete(0);
    table.delete(999);
    expect(table.values()).toEqual(['same slot']);
  });

  it('keeps a call that runs for long, however many come after it', () => {
    const table = new CallTable<number>();
    table.set(1, 1);
    for (let id = 2; id < 100_000; id++) {
      table.set(id, id);
      table.delete(id);
    }
    expect([table.get(1), table.values()]).toEqual([1, [1]]);
  });

  it('holds more calls than it has slots', () => {
    const table = new CallTable<number>();
    for (let id = 0; id < 20_000; id++) table.set(id, id);
    expect(table.values()).toEqual(Array.from({ length: 20_000 }, (_, id) => id));
    for (let id = 0; id < 20_000; id += 2) table.delete(id);
    expect(table.values()).toHaveLength(10_000);
    expect([table.get(19_998), table.get(19_999)]).toEqual([undefined, 19_999]);
    table.clear();
    expect([table.values(), table.get(1)]).toEqual([[], undefined]);
  });

  it('goes on behind the highest id', () => {
    const table = new CallTable<string>();
    table.set(0xffffffff, 'highest');
    table.set(0, 'lowest');
    expect([table.get(0xffffffff), table.get(0)]).toEqual(['highest', 'lowest']);
  });

  it('does as a Map does, whatever comes and goes', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400 })), { maxLength: 500 });
    fc.assert(
      fc.property(steps, (list) => {
        const table = new CallTable<number>();
        const map = new Map<number, number>();
        for (const [at, [put, id]] of list.entries()) {
          if (!put) {
            table.delete(id);
            map.delete(id);
          } else {
            table.set(id, at);
            map.set(id, at);
          }
          expect(table.get(id)).toBe(map.get(id));
        }
        expect(table.values()).toEqual([...map].sort(([a], [b]) => a - b).map(([, value]) => value));
      }),
    );
  });
});
