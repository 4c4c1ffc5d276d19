// `npm start` and `npm test` on a fresh clone: install, build, then serve the examples or run all tests.
// Plain Node without dependencies, because nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [task, ...rest] = process.argv.slice(2);
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(
    `FastFN needs Node 20 or newer, this is ${process.version}. Install a newer one from your package manager or nodejs.org.`,
  );
}
if (task !== 'start' && task !== 'test') fail('Usage: node scripts/run.mjs start|test [arguments]');

// Turborepo looks for pnpm on PATH; the one that the install puts into node_modules will do.
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
};

step('Installing', 'npx', [
  '--yes',
  packageManager,
  'install',
  '--frozen-lockfile',
  '--prefer-offline',
  '--reporter=silent',
]);
step('Building', 'turbo', ['run', 'build', '--output-logs=errors-only']);
if (task === 'start')
  step('Serving examples/', process.execPath, ['apps/cli/bin/fastfn.js', 'dev', 'examples', ...rest]);
else step('Testing', 'vitest', ['run', ...rest]);

function step(title, command, args) {
  console.error(`› ${title} …`);
  const began = Date.now();
  const { status, error, signal } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (signal) process.exit(signal === 'SIGINT' ? 130 : 143);
  if (status !== 0) fail(`${title} failed (${command} exited with ${status}).`);
  console.error(`  ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
