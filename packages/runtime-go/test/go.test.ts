import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findGo } from '../src/find-go.js';

const run = promisify(execFile);

it('passes its unit tests in Go, the golden vectors among them', async () => {
  const go = await findGo(process.env.FN_GO_BIN, process.env);
  if (!go.ok) throw new Error(go.reason);
  const cwd = fileURLToPath(new URL('../shim', import.meta.url));
  const vectors = fileURLToPath(new URL('../../protocol/vectors', import.meta.url));
  const env = { ...process.env, FASTFN_VECTORS: vectors, CGO_ENABLED: '0', GOFLAGS: '' };
  const { stdout } = await run(go.path, ['test', '-count=1', './...'], { cwd, env });
  expect(stdout).toMatch(/^ok\s+github\.com\/fastfn\/fastfn\/go\/internal\/wire/m);
}, 180_000);
