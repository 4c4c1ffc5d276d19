import { printable } from '@fastfn/core';
import type { PoolEvent } from '@fastfn/server';
import { duration, style } from './style.js';

/** A preparation that goes on says so again after this, ms: calm, but not dead. */
const QUIET_MS = 5_000;

interface Underway {
  readonly since: number;
  readonly runtime: string;
}

/**
 * Installations and builds as lines for a terminal: one when something really begins, one when it is done, and in between
 * one every five seconds at most. Where a language has many functions to prepare, the first stands for those that begin
 * beside it; each tells its end. What had nothing to do shows nothing, and failures are the log's to tell.
 */
export class ProgressLines {
  readonly #underway = new Map<string, Underway>();
  /** When a language last said what it does. */
  readonly #lastLine = new Map<string, number>();
  readonly #write: (line: string) => void;
  readonly #now: () => number;

  constructor(write: (line: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  take(event: PoolEvent): void {
    if (event.type === 'prepare_progress') this.#progress(event.key, event.line);
    else if (event.type === 'prepare_finished') this.#finish(event.key);
    else if (event.type === 'prepare_failed') this.#underway.delete(event.key);
  }

  #progress(key: string, text: string): void {
    const now = this.#now();
    const runtime = runtimeOf(key);
    const isAlone = ![...this.#underway.values()].some((other) => other.runtime === runtime);
    if (!this.#underway.has(key)) this.#underway.set(key, { since: now, runtime });
    if (!isAlone && now - (this.#lastLine.get(runtime) ?? 0) < QUIET_MS) return;
    this.#lastLine.set(runtime, now);
    this.#write(`${style.cyan('…')} ${nameOf(key)}: ${printable(text)}`);
  }

  #finish(key: string): void {
    const underway = this.#underway.get(key);
    if (underway === undefined) return;
    this.#underway.delete(key);
    this.#write(`${style.green('✓')} ${nameOf(key)}: done ${style.dim(`(${duration(this.#now() - underway.since)})`)}`);
  }
}

function runtimeOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** `rust/thumbs.rs@default` → `rust thumbs.rs`. */
function nameOf(key: string): string {
  const runtime = runtimeOf(key);
  return printable(`${runtime} ${key.slice(runtime.length + 1).replace(/@default$/, '')}`);
}
