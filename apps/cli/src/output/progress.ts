import { printable } from '@fastfn/core';
import type { PoolEvent } from '@fastfn/server';
import { duration, style } from './style.js';

/** A preparation that goes on says so again after this, ms: calm, but not dead. */
const QUIET_MS = 5_000;

interface Shown {
  readonly since: number;
  last: number;
}

/**
 * Installations and builds as lines for a terminal: one when something really begins, one when it is done, and in between
 * one every five seconds at most. What had nothing to do shows nothing, and failures are the log's to tell.
 */
export class ProgressLines {
  readonly #shown = new Map<string, Shown>();
  readonly #write: (line: string) => void;
  readonly #now: () => number;

  constructor(write: (line: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  take(event: PoolEvent): void {
    if (event.type === 'prepare_progress') this.#progress(event.key, event.line);
    else if (event.type === 'prepare_finished') this.#finish(event.key);
    else if (event.type === 'prepare_failed') this.#shown.delete(event.key);
  }

  #progress(key: string, text: string): void {
    const now = this.#now();
    const shown = this.#shown.get(key);
    if (shown !== undefined && now - shown.last < QUIET_MS) return;
    if (shown === undefined) this.#shown.set(key, { since: now, last: now });
    else shown.last = now;
    this.#write(`${style.cyan('…')} ${nameOf(key)}: ${printable(text)}`);
  }

  #finish(key: string): void {
    const shown = this.#shown.get(key);
    if (shown === undefined) return;
    this.#shown.delete(key);
    this.#write(`${style.green('✓')} ${nameOf(key)}: done ${style.dim(`(${duration(this.#now() - shown.since)})`)}`);
  }
}

/** `rust/thumbs.rs@default` → `rust thumbs.rs`. */
function nameOf(key: string): string {
  const slash = key.indexOf('/');
  return printable(`${key.slice(0, slash)} ${key.slice(slash + 1).replace(/@default$/, '')}`);
}
