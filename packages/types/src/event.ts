import type { Buffer } from 'node:buffer';
import type { Context } from './context.js';

/** Values by name; a list when the name repeats, `""` for a bare name. */
export type Query = Record<string, string | string[] | undefined>;

/**
 * One request, as a handler gets it. Its own properties are plain JSON; `raw_body`, `signal`, `json()` and `form()` are
 * not part of that.
 *
 * @typeParam Params names of the path parameters, e.g. `Event<{ id: string }>` for `users/[id].ts`
 */
export interface Event<Params = Record<string, string>> {
  /** Request id; in the answer as `X-Request-Id`. */
  readonly id: string;
  /** When the request came, epoch milliseconds. */
  readonly ts: number;
  /** Upper case. */
  readonly method: string;
  /** Decoded, without query. */
  readonly path: string;
  /** As sent, without query. */
  readonly raw_path: string;
  readonly query: Query;
  /** Path parameters, decoded once. */
  readonly params: Params;
  /** The same as {@link params}. */
  readonly path_params: Params;
  /** Names in lower case; repeated ones joined by `", "`. */
  readonly headers: Record<string, string | undefined>;
  /** Text when the bytes are UTF-8, else base64; null when empty. */
  readonly body: string | null;
  /** Whether {@link body} is base64. */
  readonly is_base64: boolean;
  /** Null without a `Cookie` header. */
  readonly session: Session | null;
  readonly client: Client;
  /** Values of `fn.env.json`, all text. */
  readonly env: Record<string, string | undefined>;
  /** Stored secrets that `fn.env.json` names. */
  readonly secrets: Record<string, string | undefined>;
  /** Of the function: `default`, or the name of its version folder. */
  readonly version: string;
  readonly context: Context;

  /** The body as it came, empty when there is none. */
  readonly raw_body: Buffer;
  /** Aborted when the answer is no longer wanted: deadline, client gone, job canceled. */
  readonly signal: AbortSignal;
  /** The body parsed as JSON; null when empty. @throws SyntaxError */
  json<T = unknown>(): T | null;
  /** A multipart or urlencoded body. Rejects with TypeError for another type, Error for a malformed one. */
  form(): Promise<Form>;
}

export interface Session {
  /** Cookie `session_id`, `sessionid` or `sid`. */
  readonly id: string | null;
  /** The header as it came. */
  readonly raw: string;
  readonly cookies: Record<string, string | undefined>;
}

export interface Client {
  /** Behind a trusted proxy, its client. */
  readonly ip: string;
  /** `User-Agent`. */
  readonly ua: string | null;
}

export interface Form {
  /** A list when a field is repeated. */
  readonly fields: Record<string, string | string[] | undefined>;
  readonly files: readonly FormFile[];
}

export interface FormFile {
  /** Field name. */
  readonly name: string;
  /** As the client said; never a path to trust. */
  readonly filename: string;
  /** Content type, `application/octet-stream` when none was said. */
  readonly type: string;
  readonly data: Buffer;
}
