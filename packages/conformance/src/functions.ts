/** One function folder that every language has, and its language-neutral files. */
export interface FunctionFolder {
  /** What its handler does, for whoever writes it in a further language. */
  readonly does: string;
  /** `fn.config.json`. */
  readonly config?: object;
  /** `fn.env.json`. */
  readonly env?: object;
  /** Subjects that have it, when it shows something of one language. */
  readonly only?: readonly string[];
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Timeout of the functions that are meant to run into it, ms. */
export const SHORT_TIMEOUT_MS = 400;

export const SMALL_BODY_BYTES = 100;

/**
 * The functions of the conformance app by folder. A handler that keeps notes writes them below `.state/` in its own
 * folder, where the cases read them.
 */
export const FUNCTIONS: Readonly<Record<string, FunctionFolder>> = {
  echo: {
    does: 'Returns the event as it is. Has a second version in `v2/`, which does the same.',
    config: {
      timeout_ms: 20_000,
      invoke: { methods: METHODS, routes: ['/echo-things/:id/parts/:part', '/echo-tail/*'] },
    },
    env: { GREETING: 'hello', COUNT: 3, FLAG: true, API_TOKEN: { value: 't0p', is_secret: true } },
  },
  'by-file': { does: 'A file route, `[id].<ext>`: returns {function_name, id}, from context and params.' },
  'raw-body': {
    does: 'Returns the raw body as native bytes, with the content type of the request.',
    config: { invoke: { methods: ['POST'] }, max_body_bytes: 4_194_304 },
  },
  'json-body': {
    does: 'Returns {received} with the body parsed by the language’s helper.',
    config: { invoke: { methods: ['POST'] } },
  },
  form: {
    does: 'Returns {title, tags, file: {name, type, size, first}} from a form: two text fields (tags a list), an upload, its first byte; file is null without one.',
    config: { invoke: { methods: ['POST'] } },
  },
  parameters: {
    does: 'Takes id and part by the language’s convention. Returns {id, part, all}, `all` being event.params.',
    config: { invoke: { routes: ['/parameters/:id/:part'] } },
  },
  'named-handler': {
    does: 'Has two callables: `handler` returns "wrong", `greet` returns "greet".',
    config: { invoke: { handler: 'greet' } },
  },
  'no-callable': { does: 'A handler file without anything to call.' },
  'bad-import': { does: 'Imports the local module `_missing`, which does not exist.' },
  'bad-start': {
    does: 'Raises "no-setting-4712", in a line marked `ERROR-LINE`, while it is loaded. Its handler would be fine.',
  },
  counter: {
    does: 'Returns {count, pid}: count goes up by one with each call, from 1, held in a variable of the module.',
  },
  output: {
    does: 'Prints "out-<tag>" to stdout and "err-<tag>" to stderr with the language’s own means, waits 50 ms without blocking others if it can, prints "end-<tag>" to stdout; tag is a query value. Returns "ok".',
    config: { include_debug_headers: true },
  },
  throws: {
    does: 'Prints "throws-ran", then throws an error with the message "boom-4711", on a line that has the comment ERROR-LINE.',
  },
  environment: {
    does: 'Returns {greeting, inherited, admin, foreign, path, cwd}: environment variables GREETING, FROM_REAL_ENV, FN_ADMIN_TOKEN, FOREIGN_VALUE (null when missing), whether PATH is set, the working directory.',
    env: { GREETING: 'from fn.env.json', FROM_REAL_ENV: 'from fn.env.json' },
  },
  neighbour: { does: 'Returns "neighbour".', env: { FOREIGN_VALUE: 'of the neighbour' } },
  respond: {
    does: 'Returns what `case` in the query asks for; see the handlers there and the cases of `responses`.',
  },
  stream: {
    does: 'Streams, as `mode` in the query asks: see the handlers there and the cases of `streaming`.',
    config: { timeout_ms: 60_000 },
  },
  slow: {
    does: 'By `mode`: `ok` returns "ok"; `sleep` waits a minute; `busy` loops for ever without giving way.',
    config: { timeout_ms: SHORT_TIMEOUT_MS },
  },
  crash: { does: 'By `mode`: `ok` returns {pid}; `exit` ends the process with code 3 at once.' },
  'small-body': {
    does: 'Returns {size}: the length of the raw body.',
    config: { max_body_bytes: SMALL_BODY_BYTES, invoke: { methods: ['POST'] } },
  },
  proxy: {
    does: 'Returns `proxy` with url and path from the query, the request’s method and body, and the header x-sent: by the handler.',
    config: { edge: { base_url: 'http://127.0.0.1:1', allow_private: true }, invoke: { methods: ['GET', 'POST'] } },
  },
  secrets: { does: 'Returns the secrets of the event.', env: { STORED: { secret: true } } },
  dependency: {
    does: 'Has a manifest of its language that names one small package, and returns {package: <something that only the package knows>}.',
  },
  pack: {
    does: 'Uses the pack `tiny` (in `_packs/tiny`), and returns what it says: {pack: "tiny"}.',
    config: { shared_deps: ['tiny'] },
  },
  'pack-missing': {
    does: 'Returns "never": its config names a pack that does not exist.',
    config: { shared_deps: ['absent'] },
  },
  warmth: { does: 'Returns "ok".' },
  debug: {
    does: 'Prints "debug line" and returns "ok".',
    config: { include_debug_headers: true, worker_pool: { max_workers: 2, max_queue: 5 } },
  },
  reload: {
    does: 'Returns {handler: "HANDLER-ONE", helper}, helper being the text "HELPER-ONE" from the local module `_helper`. A comment BREAK-HERE stands alone on a line.',
  },
  'callable-default': { does: 'Its callable is the default export: returns "default".', only: ['node', 'typescript'] },
  'callable-nested': {
    does: 'Its default export is an object with `handler`: returns "nested".',
    only: ['node', 'typescript'],
  },
  'callable-cjs': { does: 'CommonJS, `exports.handler`: returns "cjs".', only: ['node'] },
  'callable-main': { does: 'Has only `main`: returns "main".', only: ['python'] },
  'callable-returned': {
    does: 'The file returns a function, which returns "returned" and the parameter `id`.',
    config: { invoke: { routes: ['/callable-returned/:id'] } },
    only: ['php'],
  },
  'callable-script': {
    does: 'No function: the script’s output is the body; status and headers are in `$FASTFN_STATUS` and `$FASTFN_HEADERS`.',
    only: ['php'],
  },
  'callable-exit': { does: 'Prints {mode} and exits, with `mode` from the query.', only: ['php'] },
  'callable-async': { does: 'An `async def` handler: returns "async".', only: ['python'] },
  'parameters-keywords': {
    does: '`handler(event, *, id, **rest)`: returns {id, rest}.',
    config: { invoke: { routes: ['/parameters-keywords/:id/:part'] } },
    only: ['python'],
  },
  'web-response': { does: 'Returns a `Response` with status 203, a header and text.', only: ['node', 'typescript'] },
  tuples: { does: 'Returns a tuple of as many parts as `parts` in the query says.', only: ['python'] },
  'adapter-lambda': {
    does: 'An AWS Lambda handler (API Gateway v2): returns 201 and, as JSON text, {method, path, query, cookies, body, name, remaining} from event and context, `remaining` being whether time is left.',
    config: { invoke: { adapter: 'aws-lambda', methods: ['GET', 'POST'] } },
    only: ['node', 'typescript', 'python'],
  },
  'adapter-worker': {
    does: 'A Cloudflare Worker: `fetch(request, env, ctx)` in the default export answers 202 with {method, path, greeting, waits}, the last two from env and ctx.',
    config: { invoke: { adapter: 'cloudflare-worker' } },
    env: { GREETING: 'hello' },
    only: ['node', 'typescript'],
  },
  'adapter-fetch': {
    does: 'Exports a bare `fetch(request)` that answers with the request’s text in capitals.',
    config: { invoke: { adapter: 'fetch', methods: ['POST'] } },
    only: ['node', 'typescript'],
  },
  'adapter-asgi': {
    does: 'An ASGI `app` that answers 202 with "<method> <path> <query>".',
    config: { invoke: { adapter: 'asgi' } },
    only: ['python'],
  },
  'adapter-wsgi': {
    does: 'A WSGI `app` that answers 202 with "<method> <path> <query>".',
    config: { invoke: { adapter: 'wsgi' } },
    only: ['python'],
  },
  typed: {
    does: 'Uses types, an enum and an interface; throws when asked to, on the line ERROR-LINE.',
    only: ['typescript'],
  },
};
