import { type Logger, silentLogger } from '@fastfn/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openRedisStore, type RedisStore, type RedisStoreOptions } from '../../src/redis-store.js';
import type { Subject, SubjectOptions } from '../contract/queue-contract.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { eventually } from './wait.js';

/** Short: what a dead process ran is taken over by the next after this. */
const LEASE_MS = 400;

export interface RedisBench {
  readonly server: RedisServer;
  /** A store that ends with the test; all of one test share what is in Redis. */
  open(over?: Partial<RedisStoreOptions>): Promise<RedisStore>;
  subject(options?: SubjectOptions): Promise<Subject>;
}

/** Stores on a Redis of its own, for one test file; empty at the beginning of each subject. Call it at its top. */
export function useRedis(logger: Logger = silentLogger): RedisBench {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
    admin.on('error', () => {});
  });
  afterAll(async () => {
    admin.disconnect();
    await server.close();
  });

  const open: RedisBench['open'] = async (over = {}) => {
    const store = await openRedisStore({
      url: server.url,
      maxQueued: 100_000,
      retention: { maxFinished: 100_000, maxAgeMs: 86_400_000 },
      leaseMs: LEASE_MS,
      logger,
      ...over,
    });
    onTestFinished(() => store.kill());
    return store;
  };
  return {
    get server() {
      return server;
    },
    open,
    async subject({ maxQueued = 100_000, maxFinished = 100_000 } = {}) {
      await admin.flushall();
      const over = { maxQueued, retention: { maxFinished, maxAgeMs: 86_400_000 } };
      let current = await open(over);
      return {
        store: current,
        async crash() {
          await current.kill();
          await eventually(async () => (await admin.keys('{fastfn}:tick:*')).length === 0);
          current = await open(over);
          return current;
        },
        async reopen() {
          await current.queue.stop(0);
          await current.close();
          current = await open(over);
          return current;
        },
      };
    },
  };
}
