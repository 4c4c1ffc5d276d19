/** Where a request belongs in a distributed trace: W3C Trace Context, level 1. */
export interface TraceContext {
  /** 32 hex digits, not all 0. */
  readonly traceId: string;
  /** Span of the caller: 16 hex digits, not all 0. */
  readonly spanId: string;
  /** Only the sampled bit (1) has a meaning. */
  readonly flags: number;
  /** Vendors' own notes, as sent; null when there are none or they are malformed. */
  readonly state: string | null;
}

/** What every version begins with; later ones may go on after another `-`. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;
const SAMPLED = 1;

const MEMBER =
  /^([a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;
const MAX_MEMBERS = 32;
/** Longest state that is passed on; the standard asks for at least 512 characters. */
const MAX_STATE = 8192;

/**
 * Reads the headers of a caller. A malformed `traceparent` is as good as none; a malformed `tracestate` is dropped alone.
 * @param tracestate several headers joined by commas.
 */
export function readTraceContext(
  traceparent: string | string[] | undefined,
  tracestate: string | string[] | undefined,
): TraceContext | null {
  if (typeof traceparent !== 'string') return null;
  const match = TRACEPARENT.exec(traceparent);
  if (match === null) return null;
  const [, version, traceId, spanId, flags, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  const state = typeof tracestate === 'string' && isTraceState(tracestate) ? tracestate : null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & SAMPLED, state };
}

/** Whether a list of vendors' notes is well formed: at most 32, each `key=value`, each key once. */
export function isTraceState(text: string): boolean {
  if (text.length > MAX_STATE) return false;
  const keys = new Set<string>();
  for (const part of text.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const match = MEMBER.exec(member);
    if (match === null || keys.has(match[1]!)) return false;
    keys.add(match[1]!);
  }
  return keys.size > 0 && keys.size <= MAX_MEMBERS;
}

/** Always in version 00, whatever version the caller spoke. */
export function formatTraceparent({
  traceId,
  spanId,
  flags,
}: Pick<TraceContext, 'traceId' | 'spanId' | 'flags'>): string {
  return `00-${traceId}-${spanId}-${(flags & SAMPLED).toString(16).padStart(2, '0')}`;
}
