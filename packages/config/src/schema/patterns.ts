import { anyCase } from './parts.js';

/** Methods a route can have. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
export const METHOD = anyCase(METHODS);
export const METHODS_ALLOWED = METHODS.join(', ');

/** Below a folder: not absolute, no `..`, no backslash. The real path is checked by whoever opens it. */
export const RELATIVE_PATH = /^(?![/\s]|[A-Za-z]:)(?!(?:[\s\S]*\/)?\.\.(?:\/|$))[^\0\\]+$/;

/** `/`-separated segments of letters, digits, `_`, `-` and `.`, each beginning with a letter, digit or `_`. */
export const FUNCTION_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** One folder name. */
export const FOLDER_NAME = /^(?!\.\.?$)[^/\\\0,]+$/;

const PORT = '(?::\\d{1,5})?';
const HOST_NAME = `(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\\[[0-9A-Fa-f:.]+\\])${PORT}`;

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
export const HOST = new RegExp(`^${HOST_NAME}$`);
/** The same, or `*.suffix`. */
export const HOST_OR_SUFFIX = new RegExp(`^(?:${HOST_NAME}|\\*\\.[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?${PORT})$`);

/** `*` or `scheme://host[:port]`. */
export const ORIGIN = /^(?:\*|[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?)$/;

/** http or https, no credentials, query or fragment. */
export const BASE_URL =
  /^[Hh][Tt][Tt][Pp][Ss]?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[^\s?#]*)?$/;

/** An HTTP header name. */
export const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** An HTTP header value: no line breaks. */
export const HEADER_VALUE = /^[^\r\n\0]*$/;

/** `type/subtype`, with parameters. */
export const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+*-]+(?:\s*;[^\r\n]*)?$/;

/** A name that code can have in one of the languages. */
export const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** A variable's name in `fn.env.json`. */
export const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Where a visitor may be sent: a path of this server, or an http(s) URL. */
export const REDIRECT = /^(?:\/(?!\/)|[Hh][Tt][Tt][Pp][Ss]?:\/\/)[^\s\\]*$/;
