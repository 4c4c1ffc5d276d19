import type { OutputStream } from '@fastfn/core';

/** A header shows no more than this, characters. */
const KEPT = 4096;

/** What one call printed, as much of it as the debug headers can show. */
export class CapturedOutput {
  stdout = '';
  stderr = '';

  add(stream: OutputStream, text: string): void {
    if (this[stream].length < KEPT) this[stream] += text.slice(0, KEPT - this[stream].length);
  }
}
