/** A place inside a config file: keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** A complaint about the text itself, before any schema. */
export interface TextProblem {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  /** 1-based. */
  readonly line?: number;
  /** Dotted. */
  readonly key?: string;
}

/** A parsed config file that still knows where everything stands. */
export interface TextDocument {
  /** Plain data; undefined when an `error` is among the problems. */
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  /** Line of a key (1-based), as far as the format tells. */
  lineOf(path: Path): number | undefined;
  /** The text of a value as written, where the format tells. */
  sourceOf(path: Path): string | undefined;
}

/** `['invoke', 'routes', 1]` → `invoke.routes[1]`. */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

export function brokenDocument(problem: Omit<TextProblem, 'severity' | 'code'>): TextDocument {
  return {
    value: undefined,
    problems: [{ severity: 'error', code: 'invalid_config', ...problem }],
    lineOf: () => undefined,
    sourceOf: () => undefined,
  };
}
