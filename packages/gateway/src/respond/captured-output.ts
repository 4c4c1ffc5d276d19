import type { OutputStream } from '@fastfn/core';

/** A header shows no more than this, characters. */
const SHOWN_IN_HEADER = 4096;

/** What one call printed, up to a limit for each stream. */
export class CapturedOutput {
  stdout = '';
  stderr = '';

  /** @param limit characters. */
  constructor(private readonly limit = SHOWN_IN_HEADER) {}

  add(stream: OutputStream, text: string): void {
    if (this[stream].length < this.limit) this[stream] += text.slice(0, this.limit - this[stream].length);
  }
}
