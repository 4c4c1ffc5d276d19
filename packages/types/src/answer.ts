/**
 * What a handler may return: an {@link Envelope}, or the body itself. Objects and lists are JSON, text is `text/plain` or a
 * page, bytes are `application/octet-stream`, a `Response` is taken as it is.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without `return` is one
export type Answer = Envelope | Response | Body | void;

/** One piece of a streamed body. */
export type Piece = string | Uint8Array;

/** `object` stands for what `JSON.stringify` can write: objects, lists, class instances with `toJSON`. */
export type Body =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Piece>
  | Iterable<Piece>
  | AsyncIterable<Piece>
  | object;

/**
 * An answer with status, headers, cookies. An object is taken for one when all of its keys are among these, and it has an
 * integer `status` or `statusCode`, or any other key of these; everything else is the body itself.
 */
export interface Envelope {
  /** Integer from 200 to 599; 200 when missing. */
  status?: number;
  statusCode?: number;
  /** A list is several headers of one name; null and undefined are left out. */
  headers?: Record<string, HeaderValue>;
  /** Texts are sent as they are. */
  cookies?: readonly (string | Cookie)[];
  /** Base64 when {@link is_base64} or {@link isBase64Encoded} is set. */
  body?: Body;
  is_base64?: boolean;
  isBase64Encoded?: boolean;
  /** Base64 text that stands for bytes. */
  body_base64?: string;
  /** The answer is fetched elsewhere; needs `edge` in `fn.config.json`. */
  proxy?: ProxyDirective;
}

export type HeaderValue = string | number | boolean | readonly (string | number | boolean)[] | null | undefined;

export interface Cookie {
  name: string;
  value?: string | number | boolean | null;
  path?: string;
  domain?: string;
  /** Seconds. */
  max_age?: number;
  /** Seconds. */
  maxAge?: number;
  /** Date, ISO 8601 text or epoch milliseconds. */
  expires?: Date | string | number;
  http_only?: boolean;
  httpOnly?: boolean;
  secure?: boolean;
  same_site?: SameSite;
  sameSite?: SameSite;
  partitioned?: boolean;
  priority?: 'low' | 'medium' | 'high' | 'Low' | 'Medium' | 'High';
}

type SameSite = 'strict' | 'lax' | 'none' | 'Strict' | 'Lax' | 'None' | boolean;

/** One of `url` and `path`. Only the headers named here go upstream. */
export interface ProxyDirective {
  url?: string;
  /** Below `edge.base_url`; begins with `/`. */
  path?: string;
  /** Default: that of the request. */
  method?: string;
  headers?: Record<string, HeaderValue>;
  body?: string | Uint8Array | object | null;
  is_base64?: boolean;
  body_base64?: string;
  /** Milliseconds. */
  timeout_ms?: number;
  /** Bytes. */
  max_response_bytes?: number;
}
