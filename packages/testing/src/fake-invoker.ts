import type { Invocation, InvocationInfo, Invoker } from '@fastfn/core';

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

const INFO: InvocationInfo = {
  state: 'warm',
  warmed: false,
  queued: false,
  routing: 'single',
  socketIndex: 1,
  workerPid: 1,
};

/** An {@link Invoker} that answers from a function, at once and in this process. `calls` keeps what it was given. */
export function fakeInvoker(
  answer: (invocation: Invocation) => FakeAnswer = () => ({}),
): Invoker & { calls: Invocation[] } {
  const calls: Invocation[] = [];
  return {
    calls,
    invoke(invocation, sink) {
      calls.push(invocation);
      const { status = 200, headers = {}, body = '' } = answer(invocation);
      sink.onHead(status, Object.entries(headers).flat(), Buffer.from(body as string), true, INFO);
      return { cancel() {}, credit() {} };
    },
  };
}
