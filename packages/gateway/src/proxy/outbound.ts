import { FastFnError } from '@fastfn/core';
import { PrivateAddressError, type ProxyClient } from './client.js';
import { ALLOW_PRIVATE, proxyTarget } from './target.js';

export interface OutboundMessage {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Messages to URLs that people gave FastFN, under the rules of proxy answers: http(s), and public addresses unless allowed otherwise. */
export interface Outbound {
  /** @throws FastFnError `bad_request` for a URL that must not be called, as far as the URL itself tells. */
  check(url: string, allowPrivate: boolean): void;
  /**
   * One POST; redirects are not followed. Resolves with the status of the answer, whose body is passed over.
   * @throws Error when there is no answer, or the address is not allowed; its message is fit for people.
   */
  post(url: string, message: OutboundMessage, allowPrivate: boolean): Promise<number>;
}

const ALLOW_PRIVATE_CALLBACKS = 'FN_JOBS_CALLBACK_ALLOW_PRIVATE=1 allows that';

/** Answers are drained up to here, so that the connection can be used again. */
const MAX_DRAINED = 65_536;

export function createOutbound(client: ProxyClient): Outbound {
  return {
    check(url, allowPrivate) {
      try {
        target(url, allowPrivate);
      } catch (error) {
        if (!(error instanceof FastFnError)) throw error;
        const told = typeof error.details?.reason === 'string' ? error.details.reason : error.message;
        const reason = told.replace(ALLOW_PRIVATE, ALLOW_PRIVATE_CALLBACKS);
        throw new FastFnError('bad_request', `"callback_url" is not allowed: ${reason}.`, {
          details: { problems: [{ key: 'callback_url', message: reason }] },
        });
      }
    },
    async post(url, { headers, body, timeoutMs, signal }, allowPrivate) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const answered = await client.request(
          target(url, allowPrivate),
          { method: 'POST', headers, body, signal: AbortSignal.any([signal, timeout]) },
          allowPrivate,
        );
        await answered.body.dump({ limit: MAX_DRAINED }).catch(() => {});
        return answered.statusCode;
      } catch (error) {
        throw new Error(timeout.aborted ? `No answer within ${timeoutMs} ms.` : inWords(error), { cause: error });
      }
    },
  };
}

function target(url: string, allowPrivate: boolean): URL {
  return proxyTarget({ url }, { baseUrl: null, allowHosts: [], allowPrivate, maxResponseBytes: 0 });
}

function inWords(error: unknown): string {
  if (error instanceof FastFnError) return error.message;
  if (error instanceof PrivateAddressError) return `The host is no public address; ${ALLOW_PRIVATE_CALLBACKS}.`;
  const code = (error as NodeJS.ErrnoException).code;
  return `It could not be reached${code ? ` (${code})` : ''}.`;
}
