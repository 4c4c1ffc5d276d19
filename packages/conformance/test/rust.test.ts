import { fileURLToPath } from 'node:url';
import { eventually, startServer } from '@fastfn/testing';
import { beforeAll } from 'vitest';
import { conformance } from '../src/index.js';

const BUILD_MS = 300_000;

// What all functions need is compiled once for every test here, and before the first of them looks at its clock.
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../../../node_modules/.cache/fastfn-cargo', import.meta.url));

beforeAll(async () => {
  const app = await startServer({ files: { 'warm.rs': 'pub fn handler() {}\n' } });
  try {
    await eventually(async () => (await app.fetch('/warm')).status !== 503, BUILD_MS);
  } finally {
    await app.close();
  }
}, BUILD_MS);

conformance('rust', { startServer });
