import { readFileSync } from 'node:fs';

/**
 * Bytes that V8 allocates on its heap, from what `--trace-gc` prints: between two collections the heap grew by exactly
 * what was allocated. A small young generation makes the collections many, and the unknown rest at both ends small.
 */
export const TRACE_GC = ['--trace-gc', '--max-semi-space-size=1'];

/** `[1234:0x55d0c0]  1234 ms: Scavenge 20.1 (30.2) -> 18.0 (31.2) MB, …` */
const COLLECTION = /^\[(\d+):(0x[\da-f]+)(?::\d+)?\].*? ms: [\w\s()-]+? ([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/;

/**
 * @param {string} file with the output of the process
 * @param {number} pid
 * @returns {{ beforeMb: number, afterMb: number }[]} collections of the isolate that had most of them, in order
 */
export function collections(file, pid) {
  /** @type {Map<string, { beforeMb: number, afterMb: number }[]>} */
  const isolates = new Map();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const match = line.match(COLLECTION);
    if (!match || Number(match[1]) !== pid) continue;
    const list = isolates.get(match[2]) ?? [];
    list.push({ beforeMb: Number(match[3]), afterMb: Number(match[4]) });
    isolates.set(match[2], list);
  }
  return [...isolates.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

/**
 * @param {readonly { beforeMb: number, afterMb: number }[]} list
 * @param {number} from index of the first collection that does not count
 * @returns {number} bytes allocated between that one and the last
 */
export function allocatedSince(list, from) {
  let mb = 0;
  for (let i = from + 1; i < list.length; i++) mb += list[i].beforeMb - list[i - 1].afterMb;
  return mb * 2 ** 20;
}
