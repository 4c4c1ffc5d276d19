import { type ErrorCode, type ErrorDebug, FastFnError } from '@fastfn/core';

/** An error on its way to another process. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly details: Record<string, unknown> | null;
  readonly debug: Record<string, unknown> | null;
  readonly headers: Record<string, string> | null;
}

export function packError({ code, message, status, details, debug, headers }: FastFnError): ErrorData {
  return {
    code,
    message,
    status,
    // Through JSON: what has no value there has none for the client either.
    details: details === undefined ? null : JSON.parse(JSON.stringify(details)),
    debug: debug === undefined ? null : JSON.parse(JSON.stringify(debug)),
    headers: headers ?? null,
  };
}

export function unpackError({ code, message, status, details, debug, headers }: ErrorData): FastFnError {
  return new FastFnError(code as ErrorCode, message, {
    status,
    details: details ?? undefined,
    debug: (debug as ErrorDebug | null) ?? undefined,
    headers: headers ?? undefined,
  });
}
