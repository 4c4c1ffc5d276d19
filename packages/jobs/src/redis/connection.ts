import { type ErrorCode, FastFnError, type Logger } from '@fastfn/core';
import { Redis, type RedisOptions } from 'ioredis';
import { StoreBusyError } from '../store.js';
import { SCRIPTS, type ScriptName } from './scripts.js';
import { askInfo, evictionPolicy, oldVersion, type ServerInfo, tellLibrary } from './server-info.js';

export type Argument = string | number | Buffer;

/** Everything of FastFN is below it; the braces keep it on one node where Redis is split. */
export const PREFIX = '{fastfn}:';

/** A request waits for this long; then its caller hears that Redis cannot be reached. */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** Between two tries to reach Redis again. */
const MAX_RECONNECT_MS = 1_000;

/** Redis, as the store sees it: scripts and commands whose failures have codes. */
export class Connection {
  #ready = true;

  private constructor(
    /** Answers or fails within seconds: nothing waits for a Redis that is away. */
    readonly redis: Redis,
    private readonly url: string,
    private readonly logger: Logger,
    private readonly info: ServerInfo,
  ) {
    tellLibrary(redis, info);
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 0, lua });
    redis.on('close', () => this.#heard(false));
    redis.on('ready', () => this.#heard(true));
  }

  /** @throws StoreBusyError when Redis cannot be reached, or refuses: that may pass; Error when it is too old. */
  static async open(url: string, logger: Logger): Promise<Connection> {
    const redis = new Redis(url, {
      ...common(),
      lazyConnect: true,
      // It would ask what may be forbidden. Of a Redis that is still reading its file, whoever asks hears.
      enableReadyCheck: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    let info: ServerInfo;
    let reason = '';
    redis.on('error', (error) => {
      reason = error.message;
    });
    try {
      await redis.connect();
      info = await askInfo(redis);
    } catch (error) {
      redis.disconnect();
      throw new StoreBusyError(`Redis (${shown(url)}) cannot be used: ${reason || (error as Error).message}.`);
    }
    const version = oldVersion(info);
    if (version !== null) {
      redis.disconnect();
      throw new Error(`Redis (${shown(url)}) is version ${version}; 6.2 or newer is needed.`);
    }
    const policy = evictionPolicy(info);
    if (policy !== null) {
      const code = 'redis_may_evict';
      logger.log(
        'warn',
        `[Jobs] ${code}: Redis (${shown(url)}) has the maxmemory-policy "${policy}" and may throw jobs away when its memory is full. Set it to noeviction, in its configuration and with: redis-cli CONFIG SET maxmemory-policy noeviction`,
        { code, policy },
      );
    }
    return new Connection(redis, url, logger, info);
  }

  /** Another connection, one that waits for a Redis that is away: for whoever has nobody waiting for it. */
  patient(over: Partial<RedisOptions> = {}): Redis {
    const redis = new Redis(this.url, {
      ...common(),
      maxRetriesPerRequest: null,
      enableReadyCheck: this.info !== null,
      ...over,
    });
    // Told by the connection above, once.
    redis.on('error', () => {});
    tellLibrary(redis, this.info);
    return redis;
  }

  /** Runs a script. Texts come as bytes. @throws FastFnError `jobs_unavailable`, `storage_full`. */
  script(name: ScriptName, ...args: readonly Argument[]): Promise<unknown> {
    const command = (this.redis as unknown as Record<string, (...args: readonly Argument[]) => Promise<unknown>>)[
      `${name}Buffer`
    ]!;
    return this.ask(() => command.call(this.redis, PREFIX, ...args));
  }

  /** @throws FastFnError `jobs_unavailable`, `storage_full`. */
  async ask<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      throw failure(error as Error, shown(this.url));
    }
  }

  close(): void {
    this.#ready = true;
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
  }

  #heard(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    if (ready) this.logger.log('info', '[Jobs] Redis is back.');
    else {
      this.logger.log(
        'error',
        `[Jobs] The connection to Redis (${shown(this.url)}) is lost. New jobs are refused until it is back; it is tried again all the time.`,
      );
    }
  }
}

function common(): RedisOptions {
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RECONNECT_MS),
  };
}

/** The address without the password. */
function shown(url: string): string {
  const { host, pathname } = new URL(url);
  return host + (pathname.length > 1 ? pathname : '');
}

function failure(error: Error, where: string): FastFnError {
  if (error instanceof FastFnError) return error;
  // No memory left, or nowhere to write its snapshot.
  const full = /^(OOM|MISCONF)\b/.test(error.message);
  const code: ErrorCode = full ? 'storage_full' : 'jobs_unavailable';
  const message = full
    ? `Redis (${where}) has no room: ${error.message}`
    : `Redis (${where}) cannot be reached: ${error.message.replace(/\.$/, '')}.`;
  return new FastFnError(code, message, { cause: error, headers: { 'Retry-After': '1' } });
}
