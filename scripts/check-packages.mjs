// Each published package must hold what its package.json promises (publint), after a build with declarations.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

let problems = 0;
for (const parent of ['packages', 'apps']) {
  for (const name of readdirSync(parent)) {
    const pkgDir = join(parent, name);
    if (!existsSync(join(pkgDir, 'package.json'))) continue;
    const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'));
    if (pkg.private) continue;
    const { messages } = await publint({ pkgDir, level: 'warning', strict: true });
    for (const message of messages) {
      problems++;
      console.error(`${pkg.name}: ${formatMessage(message, pkg)}`);
    }
  }
}
console.log(problems ? `${problems} problem(s) in package contents` : 'package contents: fine');
process.exitCode = problems ? 1 : 0;
