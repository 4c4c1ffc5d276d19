import type { Redis } from 'ioredis';

/** Version from which on everything that the scripts use is there. */
const OLDEST: readonly [number, number] = [6, 2];
/** What the queue library is told where `INFO` is forbidden. */
const UNKNOWN = `redis_version:${OLDEST.join('.')}.0`;
const POLICY = /^maxmemory_policy:(\S+)/m;

/** What a Redis says of itself; null where it is forbidden to ask, as managed ones do. */
export type ServerInfo = string | null;

export async function askInfo(redis: Redis): Promise<ServerInfo> {
  try {
    return await redis.info();
  } catch (error) {
    if (/^(NOPERM|ERR unknown command)/.test((error as Error).message)) return null;
    throw error;
  }
}

/** Version that is too old for us, if it is. */
export function oldVersion(info: ServerInfo): string | null {
  const [, version, major, minor] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(info ?? '') ?? [];
  if (version === undefined) return null;
  const old = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return old ? version : null;
}

/** The policy by which it may throw away keys, when it has one. */
export function evictionPolicy(info: ServerInfo): string | null {
  const policy = POLICY.exec(info ?? '')?.[1] ?? 'noeviction';
  return policy === 'noeviction' ? null : policy;
}

/**
 * The queue library asks each of its connections for the same, ends when it gets no answer, and writes what it does not like to the
 * terminal. Here it hears what is known already, and that all is well.
 */
export function tellLibrary(redis: Redis, info: ServerInfo): void {
  const text = (info ?? UNKNOWN).replace(POLICY, 'maxmemory_policy:noeviction');
  const ask = redis.info.bind(redis) as (...args: readonly unknown[]) => Promise<string>;
  // The client asks for itself with a callback, to wait for a Redis that is still reading its file.
  redis.info = (...args: readonly unknown[]) => (args.length === 0 ? Promise.resolve(text) : ask(...args));
}
