import { deserialize, serialize } from 'node:v8';
import { FastFnError, type Job, type JobService, type NewJob } from '@fastfn/core';
import { type ErrorData, type Packet, packError, unpackError } from '@fastfn/pool';
import * as Type from './packets.js';

interface Waiter {
  resolve(job: Job): void;
  reject(error: Error): void;
}

/** Jobs of a gateway process: the primary keeps them. Only making one is asked for here, the rest is admin API. */
export class RemoteJobs implements JobService {
  readonly #send: (packet: Packet) => void;
  readonly #waiters = new Map<number, Waiter>();
  #last = 0;

  constructor(send: (packet: Packet) => void) {
    this.#send = send;
  }

  create(job: NewJob): Promise<Job> {
    return new Promise((resolve, reject) => {
      const number = ++this.#last;
      this.#waiters.set(number, { resolve, reject });
      this.#send([Type.MakeJob, number, serialize(job)]);
    });
  }

  /** What came of {@link create}. */
  made(number: number, job: Uint8Array | null, error: ErrorData | null): void {
    const waiter = this.#waiters.get(number);
    this.#waiters.delete(number);
    if (job !== null) waiter?.resolve(deserialize(job) as Job);
    else waiter?.reject(unpackError(error!));
  }

  get = notHere;
  list = notHere;
  result = notHere;
  cancel = notHere;
  retry = notHere;
  counts = notHere;
}

/** The primary's half of {@link RemoteJobs.create}. @returns the answer */
export async function makeJob(jobs: JobService, number: number, job: Uint8Array): Promise<Packet> {
  try {
    return [Type.JobMade, number, serialize(await jobs.create(deserialize(job) as NewJob)), null];
  } catch (error) {
    const told =
      error instanceof FastFnError
        ? error
        : new FastFnError('internal_error', 'The job was not accepted.', { cause: error });
    return [Type.JobMade, number, null, packError(told)];
  }
}

function notHere(): Promise<never> {
  return Promise.reject(new Error('Jobs are looked after by the primary process.'));
}
