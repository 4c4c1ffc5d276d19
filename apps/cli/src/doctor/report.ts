import { style } from '../output/style.js';
import type { Check } from './check.js';

const MARK = { OK: style.green('✓'), WARN: style.yellow('!'), FAIL: style.red('✗') };

/** Prints checks, for people or as `{checks, summary}`, and gives the exit code: 1 when one failed. */
export function report(checks: readonly Check[], { json, fixed }: { json: boolean; fixed: readonly string[] }): number {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const summary = { ok: count('OK'), warn: count('WARN'), fail: count('FAIL') };
  if (json) console.log(JSON.stringify({ checks, summary, fixed }, null, 2));
  else {
    for (const { status, message, hint } of checks) {
      console.log(`${MARK[status]} ${message}${hint ? `\n  ${style.dim(hint)}` : ''}`);
    }
    for (const what of fixed) console.log(`${style.green('+')} ${what}`);
    console.log(`\n${summary.ok} ok, ${summary.warn} to look at, ${summary.fail} failed`);
  }
  return summary.fail > 0 ? 1 : 0;
}
