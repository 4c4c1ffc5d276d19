import { type Diagnostic, UsageError } from '@fastfn/core';

/** The settings of the project cannot be used. All problems together; `fastfn` prints them and exits with 1. */
export class OptionsError extends UsageError {
  constructor(
    /** Each with `key` (file key, variable or flag), and for bad values `found` and `allowed`. Never empty. */
    readonly problems: readonly Diagnostic[],
  ) {
    const lines = problems.map(({ message, fix }) => (fix ? `${message} ${fix}` : message));
    super(
      'invalid_options',
      lines.length === 1
        ? lines[0]!
        : `${lines.length} settings cannot be used:\n${lines.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}
