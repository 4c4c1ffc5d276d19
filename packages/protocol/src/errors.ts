/** The codes that a FAULT message may carry. PROTOCOL.md §1, "Faults". */
export const FAULT_CODES = [
  'frame_too_large',
  'malformed_frame',
  'unknown_message',
  'unexpected_message',
  'protocol_version',
  'handshake_timeout',
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

/**
 * Why a connection or an encoding failed: a {@link FaultCode}, or
 * - `connection_closed`: the other side is gone and something still waited for it;
 * - `ping_timeout`: no PONG in time;
 * - `peer_fault`: the other side sent a FAULT whose code this version does not know.
 */
export type ProtocolErrorCode = FaultCode | 'connection_closed' | 'ping_timeout' | 'peer_fault';

export function isFaultCode(value: unknown): value is FaultCode {
  return (FAULT_CODES as readonly unknown[]).includes(value);
}

export interface ProtocolErrorOptions extends ErrorOptions {
  /** The other side found the fault and told us. */
  fromPeer?: boolean;
}

/** A breach of the protocol, with a stable code and a sentence that says what was wrong. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  readonly fromPeer: boolean;

  constructor(code: ProtocolErrorCode, message: string, options: ProtocolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fromPeer = options.fromPeer ?? false;
  }
}
