import { vi } from 'vitest';

// The same lists over node:http's own objects: the way of versions of node in which requests cannot be taken plainly.
vi.mock('./wire/plain-connection.js', async (original) => ({
  ...(await original<typeof import('./wire/plain-connection.js')>()),
  servePlainly() {},
}));

await import('./robustness.test.js');
await import('./respond/plain-head.test.js');
await import('./respond/respond.test.js');
await import('./gateway.test.js');
await import('./lifecycle.test.js');
