import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What a run hands to its scenarios: settings, a private folder, and a list of everything that must be stopped.
 *
 * @typedef {{ rounds: number, seconds: number, warmup: number, cli: string, root: string, peers: string }} Settings
 *   `warmup`: seconds of load before the first round; `cli`: the `fastfn.js` under test; `root`: the checkout it belongs to; `peers`: where peers are installed
 */
export class Context {
  #temp = mkdtempSync(join(tmpdir(), 'fastfn-bench-'));
  /** @type {Set<() => Promise<void>>} */
  #closers = new Set();
  #abort = new AbortController();

  /** @param {Settings} settings @param {(line: string) => void} log */
  constructor(settings, log) {
    this.settings = settings;
    this.log = log;
    this.signal = this.#abort.signal;
  }

  /** Folder of this run with that name; not created. @param {string} name */
  dir(name) {
    return join(this.#temp, name);
  }

  /**
   * Registers what must happen before the program ends.
   * @param {() => Promise<void>} close
   * @returns {() => Promise<void>} does it earlier, once
   */
  closeLater(close) {
    /** @type {Promise<void> | null} */
    let closing = null;
    const once = () => {
      closing ??= close().finally(() => this.#closers.delete(once));
      return closing;
    };
    this.#closers.add(once);
    return once;
  }

  /** Makes loops end at their next step. */
  abort() {
    this.#abort.abort(new Error('interrupted'));
  }

  async close() {
    await Promise.allSettled([...this.#closers].reverse().map((close) => close()));
    rmSync(this.#temp, { recursive: true, force: true, maxRetries: 3 });
  }
}
