/** What is known about where a request came in. */
export interface ServerUrlFacts {
  /** `FN_PUBLIC_BASE_URL`, else `public-base-url`; configuration has settled the order of the two. */
  readonly publicBaseUrl: string | null;
  /** `X-Forwarded-*`, only when the peer is a trusted proxy. */
  readonly forwarded: { readonly proto: string | null; readonly host: string | null } | null;
  readonly request: {
    readonly protocol: 'http' | 'https';
    /** The Host header; `""` when there is none. */
    readonly host: string;
  };
}

/** Registered names, IPv4 and bracketed IPv6, with an optional port. */
const AUTHORITY = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The base URL that a client should use, without a trailing slash: configured, else forwarded, else as requested. A
 * header that names no host is passed over; with none left the URL is `/`, relative to the document. SPEC §12.
 */
export function serverUrl({ publicBaseUrl, forwarded, request }: ServerUrlFacts): string {
  if (publicBaseUrl !== null && publicBaseUrl.trim() !== '') return publicBaseUrl.trim().replace(/\/+$/, '');
  const proto = forwardedProto(forwarded?.proto) ?? request.protocol;
  const host = authority(forwarded?.host) ?? authority(request.host);
  return host === null ? '/' : `${proto}://${host}`;
}

/** Proxies append to these headers: the first entry is the client's. */
function firstOf(header: string | null | undefined): string {
  return header?.split(',')[0]?.trim() ?? '';
}

function forwardedProto(header: string | null | undefined): 'http' | 'https' | null {
  const proto = firstOf(header).toLowerCase();
  return proto === 'http' || proto === 'https' ? proto : null;
}

function authority(header: string | null | undefined): string | null {
  const host = firstOf(header);
  return AUTHORITY.test(host) ? host : null;
}
