import type {
  FastFnError,
  Invocation,
  InvocationHandle,
  InvocationInfo,
  OutputStream,
  ProxyDirective,
  ResponseSink,
} from '@fastfn/core';

/**
 * A call to a runtime that lives in this gateway, of a function with a limit: it waits for a slot of the primary, then goes to
 * the pool of this process.
 */
export class LocalCall implements InvocationHandle, ResponseSink {
  /** Null while it waits. */
  #handle: InvocationHandle | null = null;
  #queued = false;
  #ended = false;

  constructor(
    readonly ask: number,
    readonly invocation: Invocation,
    readonly sink: ResponseSink,
    /** Nobody listens any more, and it has not begun. */
    readonly onGivenUp: (call: LocalCall) => void,
  ) {}

  /** It has its slot. @param invoke hands it to the pool of this process */
  start(queued: boolean, invoke: (invocation: Invocation, sink: ResponseSink) => InvocationHandle): InvocationHandle {
    this.#queued = queued;
    this.#handle = invoke(this.invocation, this);
    return this.#handle;
  }

  refuse(error: FastFnError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.sink.onError(error, null);
  }

  cancel(reason: 'client_closed' | 'canceled'): void {
    if (this.#handle !== null) this.#handle.cancel(reason);
    else if (!this.#ended) {
      this.#ended = true;
      this.onGivenUp(this);
    }
  }

  credit(bytes: number): void {
    this.#handle?.credit(bytes);
  }

  onHead(
    status: number,
    headers: readonly string[],
    body: Uint8Array | null,
    end: boolean,
    info: InvocationInfo,
  ): void {
    this.sink.onHead(status, headers, body, end, this.#mark(info)!);
  }

  onChunk(chunk: Uint8Array): void {
    this.sink.onChunk(chunk);
  }

  onEnd(): void {
    this.sink.onEnd();
  }

  onProxy(directive: ProxyDirective, info: InvocationInfo): void {
    this.sink.onProxy(directive, this.#mark(info)!);
  }

  onError(error: FastFnError, info: InvocationInfo | null): void {
    this.sink.onError(error, this.#mark(info));
  }

  onOutput(stream: OutputStream, text: string): void {
    this.sink.onOutput?.(stream, text);
  }

  #mark(info: InvocationInfo | null): InvocationInfo | null {
    if (info !== null && this.#queued) info.queued = true;
    return info;
  }
}
