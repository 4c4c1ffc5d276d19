import { describeEnv, loadOptions } from '@fastfn/config';
import { defineCommand } from 'citty';
import { type Check, runChecks } from '../doctor/checks.js';
import { writeFunctionsDir } from '../doctor/fix.js';
import { style } from '../output/style.js';

const MARK = { OK: style.green('✓'), WARN: style.yellow('!'), FAIL: style.red('✗') };

export default defineCommand({
  meta: { name: 'doctor', description: 'Look for what keeps FastFN from working here (also: check)' },
  args: {
    dir: { type: 'positional', required: false, description: 'Folder with handler files' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
    json: { type: 'boolean', description: 'Machine-readable: {checks, summary}' },
    fix: { type: 'boolean', description: 'Write functions-dir into fastfn.json' },
    env: { type: 'boolean', description: 'List every environment variable with its value and source' },
  },
  async run({ args }) {
    const input = { dir: args.dir, configFile: args.config };
    const loaded = loadOptions({ command: 'doctor', cwd: process.cwd(), flags: {}, env: process.env, ...input });
    if (args.env) {
      printEnv(loaded);
      return 0;
    }
    const fixed = args.fix ? writeFunctionsDir(loaded.options.projectDir, loaded.options.root) : null;
    const checks = await runChecks(loaded, input);
    const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
    const summary = { ok: count('OK'), warn: count('WARN'), fail: count('FAIL') };
    if (args.json) console.log(JSON.stringify({ checks, summary }, null, 2));
    else {
      for (const { status, message, hint } of checks) {
        console.log(`${MARK[status]} ${message}${hint ? `\n  ${style.dim(hint)}` : ''}`);
      }
      if (fixed) console.log(`${style.green('+')} ${fixed}`);
      console.log(`\n${summary.ok} ok, ${summary.warn} to look at, ${summary.fail} failed`);
    }
    return summary.fail > 0 ? 1 : 0;
  },
});

function printEnv(loaded: ReturnType<typeof loadOptions>): void {
  const rows = describeEnv(process.env, loaded);
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, value, source } of rows) console.log(`${name.padEnd(width)}  ${value}  ${style.dim(source)}`);
}
