import type { Source } from './options.js';

/** One setting as several places give it; undefined: not there. */
export interface Candidates<T> {
  flag?: T;
  env?: T;
  project?: T;
  root?: T;
}

/** Picks each setting by precedence (SPEC §4) and remembers where it came from. */
export class Settings {
  readonly sources: Record<string, Source> = {};

  pick<T>(name: string, from: Candidates<T>, fallback: T): T {
    const order: readonly [Source, T | undefined][] = [
      ['flag', from.flag],
      ['env', from.env],
      ['fastfn.json', from.project],
      ['fn.config.json', from.root],
    ];
    const [source, value] = order.find(([, given]) => given !== undefined) ?? (['default', fallback] as const);
    this.sources[name] = source;
    return value as T;
  }

  /** For settings that only the environment has. */
  env<T>(name: string, value: T | undefined, fallback: T): T {
    return this.pick(name, { env: value }, fallback);
  }
}
