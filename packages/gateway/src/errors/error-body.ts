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

function handlerError({ message, debug }: FastFnError, dev: boolean): string {
  if (!dev) return HANDLER_FAILED;
  return debug?.type === undefined ? message : `${debug.type}: ${debug.message ?? ''}`;
}

/** What a stranger learns of a handler's error: its text may hold anything. The log has it all. SPEC §7. */
const HANDLER_FAILED = 'The handler failed. The log of the server says why.';

export function errorBody(error: FastFnError, requestId: string, dev: boolean): ErrorBody {
  return {
    error: error.code === 'handler_error' ? handlerError(error, dev) : error.message,
    code: error.code,
    request_id: requestId,
    ...(error.details && (dev || error.code !== 'handler_error') && { details: error.details }),
    ...(dev && { debug: error.debug ?? causeOf(error) }),
  };
}

/** Our own faults have no handler to point at, but a cause. */
function causeOf({ cause }: FastFnError): ErrorDebug | undefined {
  if (!(cause instanceof Error)) return undefined;
  return { type: cause.name, message: cause.message, ...(cause.stack && { stack: cause.stack }) };
}
