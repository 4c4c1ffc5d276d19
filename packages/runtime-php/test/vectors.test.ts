import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PHP } from './php-host.js';

it('reads and writes the golden vectors, in PHP itself', async () => {
  const program = fileURLToPath(new URL('./php/vectors.php', import.meta.url));
  const { stdout } = await promisify(execFile)(PHP, [program]);
  expect(stdout).toMatch(/^\d+ checks passed$/m);
});
