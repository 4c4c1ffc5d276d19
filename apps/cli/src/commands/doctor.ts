import { describeEnv, type LoadedOptions, loadOptions } from '@fastfn/config';
import { UsageError } from '@fastfn/core';
import { defineCommand } from 'citty';
import { repeated } from '../client/repeated.js';
import { runChecks } from '../doctor/checks.js';
import { checkDomain } from '../doctor/domains.js';
import { writeFunctionsDir } from '../doctor/fix.js';
import { network } from '../doctor/network.js';
import { report } from '../doctor/report.js';
import { style } from '../output/style.js';

/** First argument that means the domains of the project; a folder of that name is `./domains`. */
const DOMAINS = 'domains';

export default defineCommand({
  meta: { name: 'doctor', description: 'Look for what keeps FastFN from working here (also: check)' },
  args: {
    dir: {
      type: 'positional',
      required: false,
      description: 'Folder with handler files; or "domains", to check those of fastfn.json or --domain',
    },
    domain: { type: 'string', description: 'With "domains": the one to check; may be repeated', valueHint: 'name' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
    json: { type: 'boolean', description: 'Machine-readable: {checks, summary, fixed}' },
    fix: { type: 'boolean', description: 'Write functions-dir into the project file' },
    env: { type: 'boolean', description: 'List every environment variable with its value and source' },
  },
  async run({ args, rawArgs }) {
    const json = args.json === true;
    const domains = args.dir === DOMAINS;
    if (!domains && args.domain !== undefined) {
      throw new UsageError('usage', '--domain belongs to "fastfn doctor domains".', 'fastfn doctor domains --domain …');
    }
    const input = { dir: domains ? undefined : args.dir, configFile: args.config };
    const loaded = loadOptions({ command: 'doctor', cwd: process.cwd(), flags: {}, env: process.env, ...input });
    if (args.env) return printEnv(loaded, json);
    if (domains) return await checkDomains(repeated(rawArgs, 'domain'), loaded, json);
    const fixed = args.fix ? writeFunctionsDir(loaded) : null;
    return report(await runChecks(loaded, input), { json, fixed: fixed === null ? [] : [fixed] });
  },
});

async function checkDomains(named: readonly string[], { options }: LoadedOptions, json: boolean): Promise<number> {
  const domains = named.length > 0 ? named : options.domains;
  if (domains.length === 0) {
    const hint = 'Name one with --domain api.example.com, or list them under "domains" in fastfn.json.';
    throw new UsageError('usage', 'There is no domain to check.', hint);
  }
  const settings = { publicBaseUrl: options.publicBaseUrl, now: Date.now() };
  const checks = await Promise.all(domains.map((domain) => checkDomain(domain, settings, network)));
  return report(checks.flat(), { json, fixed: [] });
}

function printEnv(loaded: LoadedOptions, json: boolean): number {
  const rows = describeEnv(process.env, loaded);
  if (json) console.log(JSON.stringify({ env: rows }, null, 2));
  else {
    const width = Math.max(...rows.map((row) => row.name.length));
    for (const { name, value, source } of rows) console.log(`${name.padEnd(width)}  ${value}  ${style.dim(source)}`);
  }
  return 0;
}
