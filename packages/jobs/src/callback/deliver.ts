import { type Job, type JobResult, jobJson, jobResultJson } from '@fastfn/core';
import type { Delivery } from '../queue.js';
import { sign } from './sign.js';

/** Sends a callback. Resolves with the status of the answer; rejects when there is none. */
export type PostCallback = (url: string, message: CallbackMessage) => Promise<number>;

export interface CallbackMessage {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits before the second, third … delivery. After the last one it is given up: about two hours in all. */
const WAITS_MS = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000];
const TIMEOUT_MS = 10_000;

export interface DeliverOptions {
  readonly post: PostCallback;
  /** Key of the signature. */
  readonly secret: string;
  /** Epoch ms. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Tells the callback URL once. An answer of 200–299 is the end; so is 410, by which a receiver says that it wants no more. */
export async function deliver(
  job: Job,
  result: JobResult | null,
  { post, secret, now, signal }: DeliverOptions,
): Promise<Delivery> {
  const { url, attempts } = job.callback!;
  const { callback: _, ...shown } = jobJson(job);
  const body = JSON.stringify({
    event: `job.${job.status}`,
    job: shown,
    result: result === null ? null : jobResultJson(result),
  });
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'FastFN-callback',
    'x-fastfn-job': job.id,
    'x-fastfn-delivery': String(attempts),
    'x-fastfn-signature': sign(body, secret, now),
  };
  const error = await attempt(() => post(url, { headers, body, timeoutMs: TIMEOUT_MS, signal }));
  if (error === null) return { kind: 'delivered' };
  const wait = WAITS_MS[attempts];
  return wait === undefined || error === GONE ? { kind: 'failed', error } : { kind: 'again', dueAt: now + wait, error };
}

const GONE = 'It answered 410.';

/** Null: it was taken. */
async function attempt(post: () => Promise<number>): Promise<string | null> {
  try {
    const status = await post();
    return status >= 200 && status < 300 ? null : `It answered ${status}.`;
  } catch (error) {
    return (error as Error).message;
  }
}
