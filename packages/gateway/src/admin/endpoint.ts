import type { Exchange } from '../exchange.js';

/** One admin endpoint. */
export interface Endpoint {
  /** Upper case; GET answers HEAD too. */
  readonly methods: readonly string[];
  /**
   * `open`: the guard lets everyone through. `guarded`: all its rules count. `toggle`: also reachable while the API is
   * toggled off at run time, so that it can be switched on again. `login`: like `toggle`, and without a login.
   */
  readonly access: 'open' | 'guarded' | 'toggle' | 'login';
  /** Methods that change files or settings: they need the write switch or the token. */
  readonly writes?: readonly string[];
  /** GET has an effect as well: pages of other sites may not make it. */
  readonly acts?: boolean;
  /** Answers now or later. Throws or rejects with FastFnError. */
  serve(exchange: Exchange): void | Promise<void>;
}
