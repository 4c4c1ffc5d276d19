import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A line of a handler file that a comment marks. */
export interface MarkedLine {
  /** Absolute, links resolved. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly source: string;
}

/** @throws Error when no file of the folder with that extension has the marker */
export function lineWith(folder: string, marker: string, extension: string): MarkedLine {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(`.${extension}`)) continue;
    const file = realpathSync(join(folder, name));
    const lines = readFileSync(file, 'utf8').split('\n');
    const index = lines.findIndex((line) => line.includes(marker));
    if (index >= 0) return { file, line: index + 1, source: lines[index]! };
  }
  throw new Error(`No .${extension} file in ${folder} has a line marked ${marker}`);
}
