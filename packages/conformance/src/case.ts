import type { Runtime } from '@fastfn/core';

/** A language, or a dialect of one, that has a folder below `handlers/`. */
export interface Subject {
  /** Folder name: `node`, `typescript`, `python` … */
  readonly id: string;
  readonly runtime: Runtime;
  /** Of its handler files, without the dot. */
  readonly extension: string;
  /** Command and arguments that succeed when its tool is there. */
  readonly tool: readonly string[];
  /** The same for the tool that installs its packages, when that is another one. */
  readonly installer?: readonly string[];
}

/** Chapters of SPEC that a case belongs to; a report groups by them. */
export type Capability =
  | 'event'
  | 'body'
  | 'parameters'
  | 'callable'
  | 'module-state'
  | 'output'
  | 'errors'
  | 'environment'
  | 'responses'
  | 'invalid-responses'
  | 'streaming'
  | 'adapters'
  | 'proxy'
  | 'secrets'
  | 'dependencies'
  | 'packs'
  | 'limits'
  | 'lifecycle'
  | 'reload';

export interface RequestSpec {
  /** Default GET. */
  readonly method?: string;
  /** Below the server, with query, as it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What an answer must be; what is not named is not looked at. Vitest's asymmetric matchers may stand for any part. */
export interface Expectation {
  /** Default 200. */
  readonly status?: number;
  /** By any-case name; null: absent. A list: each of several headers of that name (`set-cookie`). */
  readonly headers?: Readonly<Record<string, string | RegExp | null | readonly unknown[]>>;
  /** The body as JSON, compared whole. */
  readonly json?: unknown;
  /** The body as JSON, of which at least these keys must match. */
  readonly jsonPart?: Readonly<Record<string, unknown>>;
  readonly text?: string | RegExp;
  readonly bytes?: Uint8Array;
  /** The body must not contain it. */
  readonly hides?: string;
  /** A line of the log must match, now or soon. */
  readonly log?: RegExp;
}

/** A replacement inside a file of the case's folder. */
export interface Edit {
  /** Base name without extension. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Step =
  | { readonly request: RequestSpec; readonly expect: Expectation }
  /** Asks again until the answer is as expected: for what follows an edit. */
  | { readonly request: RequestSpec; readonly eventually: Expectation }
  | { readonly edit: Edit };

/** What an answer came as, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** @throws SyntaxError when the body is no JSON */
  json(): Record<string, unknown>;
}

/** What a case that plain steps cannot express works with. */
export interface Stage {
  readonly subject: Subject;
  readonly url: string;
  /** Absolute folder of the case's function. */
  readonly folder: string;
  readonly logs: readonly string[];
  call(request: RequestSpec): Promise<Answer>;
  /** Sends bytes over a connection of their own, and gives all that comes back. */
  raw(bytes: string): Promise<string>;
  /** @throws AssertionError */
  check(answer: Answer, expectation: Expectation): Promise<void>;
  edit(edit: Edit): void;
}

export interface Case {
  /** Stable, e.g. `event.query.repeated`. */
  readonly id: string;
  readonly capability: Capability;
  readonly title: string;
  /** Folder below `handlers/<subject>/`, one of {@link FUNCTIONS}. */
  readonly fn: string;
  /** Default `dev`. */
  readonly mode?: 'dev' | 'run';
  readonly steps?: readonly Step[] | ((subject: Subject) => readonly Step[]);
  /** In place of steps. */
  readonly script?: (stage: Stage) => Promise<void>;
  /** Where it takes longer than a test may. */
  readonly timeoutMs?: number;
  /** Why a subject (or all of a runtime) cannot have this, by subject id or runtime. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Subjects that it is about, when it is about something of one language. */
  readonly only?: readonly string[];
}

/** A case of one request. */
export type SimpleCase = Omit<Case, 'capability' | 'fn' | 'steps' | 'script'> & {
  readonly fn?: string;
  readonly request: RequestSpec;
  readonly expect: Expectation | ((subject: Subject) => Expectation);
};

/** Cases of one capability; `fn` is their folder unless they name another. */
export function defineCases(
  capability: Capability,
  fn: string,
  cases: readonly (SimpleCase | (Omit<Case, 'capability' | 'fn'> & { readonly fn?: string }))[],
): readonly Case[] {
  return cases.map((one) => {
    if (!('request' in one)) return { fn, ...one, capability };
    const { request, expect, ...rest } = one;
    const steps = (subject: Subject): readonly Step[] => [
      { request, expect: typeof expect === 'function' ? expect(subject) : expect },
    ];
    return { fn, ...rest, capability, steps };
  });
}
