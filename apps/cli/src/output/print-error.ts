import type { Diagnostic } from '@fastfn/core';

interface PrintableError {
  name: string;
  message: string;
  code?: string;
  hint?: string;
  problems?: readonly Diagnostic[];
  stack?: string;
}

/** An expected mistake is told in words and with what to do; only a fault of ours shows a stack. SPEC §15. */
export function printError(error: unknown): void {
  if (!(error instanceof Error)) {
    console.error(String(error));
    return;
  }
  const { message, code, hint, problems, stack, name } = error as PrintableError;
  if (problems && problems.length > 0) {
    console.error(`${problems.length === 1 ? 'One setting is' : `${problems.length} settings are`} wrong:`);
    for (const problem of problems) {
      const where = [problem.file && `${problem.file}${problem.line ? `:${problem.line}` : ''}`, problem.key]
        .filter(Boolean)
        .join(' ');
      console.error(`  ${where ? `${where}: ` : ''}${problem.message}${problem.fix ? ` ${problem.fix}` : ''}`);
    }
    return;
  }
  if (name === 'UsageError' || name === 'CLIError' || name === 'FastFnError') {
    console.error(message);
    if (hint) console.error(hint);
    if (code === 'EARG') console.error('See fastfn --help.');
    return;
  }
  console.error(stack ?? message);
  console.error('\nThis looks like a fault of FastFN itself. Please report it with the text above.');
}
