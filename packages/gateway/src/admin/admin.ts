import { RateLimit } from './guard/rate-limit.js';
import { Lockout } from './login/lockout.js';
import { Sessions } from './login/sessions.js';
import type { AdminSettings } from './settings.js';
import { EventStreams } from './telemetry/event-stream.js';
import { Toggles } from './toggles.js';

/** What the admin endpoints of one gateway share and remember. */
export class Admin {
  readonly toggles: Toggles;
  readonly rate: RateLimit;
  /** Wrong tokens. */
  readonly guesses: RateLimit;
  readonly streams = new EventStreams();
  /** Null: no login. */
  readonly sessions: Sessions | null;
  readonly lockout: Lockout | null;

  constructor(readonly settings: AdminSettings) {
    const { rateLimit, login, sessionTtlMs } = settings.console;
    this.toggles = new Toggles(settings.console);
    this.rate = new RateLimit(rateLimit);
    this.guesses = new RateLimit(rateLimit);
    this.sessions = login === null ? null : new Sessions(login, sessionTtlMs);
    this.lockout = login === null ? null : new Lockout(login);
  }

  /** Ends the answers that would never end by themselves. */
  close(): void {
    this.streams.close();
  }
}
