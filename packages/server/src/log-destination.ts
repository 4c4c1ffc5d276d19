import { pino } from 'pino';

/** Lines gather until there is so much of them, bytes. */
const ENOUGH_BYTES = 32_768;

/** … and no longer than this, ms. */
const GATHER_MS = 25;

/** What nobody reads is kept up to here, bytes; lines beyond it are lost, for a server must not fill its memory with them. */
const MOST_BYTES = 16 * 1_048_576;

/** Standard output for a log of which each request is a line: gathered, and written by another thread, so that a slow reader holds up nobody. */
export interface LogDestination {
  write(line: string): void;
  /** Does not gather any longer. */
  flush(): void;
}

/** What is still gathered when the process exits is written then; only a kill -9 takes the last lines along. */
export function logDestination(fd = 1): LogDestination {
  const stream = pino.destination({
    fd,
    sync: false,
    minLength: ENOUGH_BYTES,
    maxWrite: 4 * ENOUGH_BYTES,
    maxLength: MOST_BYTES,
  });
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    timer = null;
    stream.flush();
  };
  return {
    write(line) {
      stream.write(line);
      if (timer === null) timer = setTimeout(flush, GATHER_MS).unref();
    },
    flush,
  };
}
