import { printable } from '@fastfn/core';
import { type PrepareFailure, prepareTree } from '@fastfn/server';
import { ProgressLines } from '../output/progress.js';
import { diagnosticLines } from '../output/route-table.js';
import { style } from '../output/style.js';

export interface PrepareInput {
  readonly dir?: string;
  readonly configFile?: string;
}

const FUNCTIONS_SHOWN = 5;

/** Installs and compiles what a server would, with lines for the terminal; gives the exit code. */
export async function prepare({ dir, configFile }: PrepareInput): Promise<number> {
  const progress = new ProgressLines((line) => console.log(line));
  const report = await prepareTree({ dir, configFile, onEvent: (event) => progress.take(event) });
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error');
  for (const line of diagnosticLines(errors)) console.error(line);
  for (const failure of report.failures) for (const line of failureLines(failure)) console.error(line);
  const count = `${report.prepared} function${report.prepared === 1 ? '' : 's'}`;
  if (errors.length > 0 || report.failures.length > 0) {
    console.error(`${count} ready; what is above keeps the others from being served.`);
    return 1;
  }
  console.log(`${style.green('✓')} ${count} ready to be served.`);
  return 0;
}

function failureLines({ functions, message, detail }: PrepareFailure): string[] {
  const shown = functions.slice(0, FUNCTIONS_SHOWN).join(', ');
  const rest = functions.length > FUNCTIONS_SHOWN ? ` and ${functions.length - FUNCTIONS_SHOWN} more` : '';
  return [
    `${style.red('✗')} ${printable(shown)}${rest}: ${printable(message)}`,
    ...(detail ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [`    ${printable(line)}`])),
  ];
}
