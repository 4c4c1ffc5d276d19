import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handlerFolder, hasHandlers, PACKS } from '../src/app-folder.js';
import { CASES, FUNCTIONS, SUBJECTS } from '../src/index.js';

it('every case has an id of its own that begins with its capability', () => {
  const ids = CASES.map(({ id }) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  for (const { id, capability } of CASES) expect(id.startsWith(`${capability}.`), id).toBe(true);
});

it('every case names a known function, and has steps or a script', () => {
  for (const { id, fn, steps, script } of CASES) {
    expect(Object.keys(FUNCTIONS), id).toContain(fn);
    expect((steps === undefined) !== (script === undefined), id).toBe(true);
  }
});

it('every function is used', () => {
  expect(Object.keys(FUNCTIONS).filter((name) => !CASES.some(({ fn }) => fn === name))).toEqual([]);
});

it('skips and restrictions name known subjects and runtimes', () => {
  const known = new Set(SUBJECTS.flatMap(({ id, runtime }) => [id, runtime]));
  for (const { id, skip = {}, only = [] } of CASES) {
    for (const name of [...Object.keys(skip), ...only]) expect(known, id).toContain(name);
  }
});

describe.each(SUBJECTS.filter(hasHandlers))('handlers/$id', (subject) => {
  const needed = Object.entries(FUNCTIONS)
    .filter(([fn, { only }]) => {
      if (only !== undefined) return only.includes(subject.id);
      return CASES.some(
        ({ fn: used, skip = {}, only: cases }) =>
          used === fn && (cases?.includes(subject.id) ?? true) && !(subject.id in skip) && !(subject.runtime in skip),
      );
    })
    .map(([fn]) => fn);

  it.each(needed)('has %s', (fn) => {
    const folder = handlerFolder(subject, fn);
    expect(existsSync(folder)).toBe(true);
    expect(readdirSync(folder).some((name) => name.endsWith(`.${subject.extension}`) || name.endsWith('.cjs'))).toBe(
      true,
    );
  });

  it('has nothing that no case knows', () => {
    expect(readdirSync(handlerFolder(subject, '.')).filter((name) => !(name in FUNCTIONS) && name !== PACKS)).toEqual(
      [],
    );
  });
});
