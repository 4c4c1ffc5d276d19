export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The one logging interface of the house. Implementations mask secrets before they write. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A line a handler printed: `[python] [fn:name@version stdout] text`. */
  output(
    source: { runtime: string; name: string; version: string; stream: 'stdout' | 'stderr'; requestId: string | null },
    text: string,
  ): void;
}

export const silentLogger: Logger = { log() {}, output() {} };
