import { describe, expect, it } from 'vitest';
import { fakeFunction } from '../test/support.js';
import { fingerprint, functionPart, startSpec } from './start-spec.js';

const surroundings = {
  processEnv: { REAL: 'from the real environment' },
  secrets: { S: 's' },
  maxFrameBytes: 1000,
  gatewayPid: 7,
};
const worker = {
  socket: '/s',
  tmp: '/t',
  prepared: { entry: '/built', env: { PYTHONPATH: '/deps' }, readPaths: ['/deps'] },
  sandbox: null,
};

it('says all that PROTOCOL.md lists', () => {
  const fn = {
    ...fakeFunction({ timeoutMs: 1200, workerPool: { maxWorkers: 3, idleTtlMs: 2500 } }),
    env: { REAL: 'from the file', OWN: 'own' },
    ownFolder: '/own',
  };
  expect(startSpec(functionPart(fn, surroundings), worker)).toEqual({
    socket: '/s',
    runtime: 'node',
    entry: '/built',
    folder: fn.folder,
    root: fn.root,
    own_folder: '/own',
    handler: 'echo',
    adapter: null,
    env: { REAL: 'from the real environment', OWN: 'own' },
    process_env: { TMPDIR: '/t', PYTHONPATH: '/deps' },
    secrets: { S: 's' },
    context: {
      runtime: 'node',
      function_name: 'echo',
      version: 'default',
      timeout_ms: 1200,
      max_concurrency: 0,
      max_body_bytes: 1_048_576,
      worker_pool: {
        enabled: true,
        max_workers: 3,
        max_queue: 0,
        queue_timeout_ms: 0,
        queue_poll_ms: 0,
        overflow_status: 429,
        min_warm: 0,
        idle_ttl_seconds: 2.5,
      },
      gateway: { worker_pid: 7 },
      debug: { enabled: false },
    },
    max_frame: 1000,
    memory_mb: 0,
    sandbox: null,
  });
});

describe('fingerprint', () => {
  const print = (fn: ReturnType<typeof fakeFunction>) => fingerprint(functionPart(fn, surroundings));
  const base = fakeFunction();

  it.each([
    ['the response limit', { maxResponseBytes: 5 }],
    ['cors', { cors: false as const }],
    ['a schedule', { schedule: { enabled: true } }],
    ['keep_warm', { keepWarm: { enabled: true } }],
  ])('does not see %s', (_name, config) => {
    expect(print(fakeFunction(config))).toBe(print(base));
  });

  it.each([
    ['the handler', { ...base, handler: 'other' }],
    ['the entry', { ...base, entry: '/other' }],
    ['a value', { ...base, env: { A: '1' } }],
    ['packs', { ...base, sharedDeps: ['p'] }],
    ['what event.context says', fakeFunction({ timeoutMs: 5 })],
    ['the memory limit', fakeFunction({ memoryMb: 5 })],
    ['strict_fs', fakeFunction({ strictFs: false })],
  ])('sees %s', (_name, fn) => {
    expect(print(fn)).not.toBe(print(base));
  });
});
