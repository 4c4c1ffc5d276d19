import type { ErrorDebug, FastFnError } from '@fastfn/core';

/** The JSON of an error answer. SPEC §4. */
export interface ErrorBody {
  readonly error: string;
  readonly code: string;
  readonly request_id: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** `dev` only. */
  readonly debug?: ErrorDebug;
}

export function errorBody(error: FastFnError, requestId: string, dev: boolean): ErrorBody {
  return {
    error: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.details && { details: error.details }),
    ...(dev && { debug: error.debug ?? causeOf(error) }),
  };
}

/** Our own faults have no handler to point at, but a cause. */
function causeOf({ cause }: FastFnError): ErrorDebug | undefined {
  if (!(cause instanceof Error)) return undefined;
  return { type: cause.name, message: cause.message, ...(cause.stack && { stack: cause.stack }) };
}
