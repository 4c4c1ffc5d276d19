// Writes vectors/messages.json and vectors/invalid.json. Has a small MessagePack writer of its own, so that the
// vectors do not merely repeat what the package's codec does. The same input always gives the same files.
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

// --- bytes, as a list of hex strings and repetitions -----------------------------------------------------------------

const hexByte = (n) => (n & 0xff).toString(16).padStart(2, '0');
const be = (n, bytes) => n.toString(16).padStart(bytes * 2, '0');
const float64 = (n) => {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(n);
  return buffer.toString('hex');
};

/** Bytes that are written as hex, or as a repetition when they are long. */
const repeated = (hex, times) => ({ $repeat: hex, times });
const sizeOf = (parts) =>
  parts.reduce(
    (sum, part) => sum + (typeof part === 'string' ? part.length / 2 : (part.$repeat.length / 2) * part.times),
    0,
  );

/** Joins neighbouring hex strings; a single one stands alone. */
function tidy(parts) {
  const out = [];
  for (const part of parts) {
    if (typeof part === 'string' && typeof out.at(-1) === 'string') out[out.length - 1] += part;
    else out.push(part);
  }
  return out.length === 1 && typeof out[0] === 'string' ? out[0] : out;
}

// --- values ----------------------------------------------------------------------------------------------------------

const bin = (data) => ({ $bin: Buffer.from(data).toString('base64') });
const binRepeat = (byte, times) => ({ $bin: { $repeat: Buffer.from([byte]).toString('base64'), times } });
const strRepeat = (text, times) => ({ $str: { $repeat: text, times } });
const float = (n) => ({ $float: n });

const isPlain = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The canonical bytes of a value. */
function pack(value) {
  if (value === null) return ['c0'];
  if (value === false) return ['c2'];
  if (value === true) return ['c3'];
  if (typeof value === 'number') return [packNumber(value)];
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return [strHeader(bytes.length), bytes.toString('hex')];
  }
  if (Array.isArray(value)) {
    const header = value.length < 16 ? hexByte(0x90 | value.length) : sized(value.length, null, 'dc', 'dd');
    return [header, ...value.flatMap(pack)];
  }
  if ('$raw' in value) return [value.$raw];
  if ('$float' in value) return [`cb${float64(value.$float)}`];
  if ('$str' in value) {
    const { $repeat: text, times } = value.$str;
    const hex = Buffer.from(text).toString('hex');
    return [strHeader((hex.length / 2) * times), repeated(hex, times)];
  }
  if ('$bin' in value) {
    if (typeof value.$bin === 'string') {
      const bytes = Buffer.from(value.$bin, 'base64');
      return [sized(bytes.length, 'c4', 'c5', 'c6'), bytes.toString('hex')];
    }
    const { $repeat: base64, times } = value.$bin;
    const hex = Buffer.from(base64, 'base64').toString('hex');
    return [sized((hex.length / 2) * times, 'c4', 'c5', 'c6'), repeated(hex, times)];
  }
  const entries = Object.entries(value);
  const header = entries.length < 16 ? hexByte(0x80 | entries.length) : sized(entries.length, null, 'de', 'df');
  return [header, ...entries.flatMap(([key, item]) => [...pack(key), ...pack(item)])];
}

function packNumber(n) {
  if (!Number.isInteger(n) || n > 0xffffffff || n < -0x80000000) return `cb${float64(n)}`;
  if (n >= 0) {
    if (n < 0x80) return hexByte(n);
    if (n < 0x100) return `cc${be(n, 1)}`;
    if (n < 0x10000) return `cd${be(n, 2)}`;
    return `ce${be(n, 4)}`;
  }
  if (n >= -0x20) return hexByte(n);
  if (n >= -0x80) return `d0${hexByte(n)}`;
  if (n >= -0x8000) return `d1${be(n + 0x10000, 2)}`;
  return `d2${be(n + 0x100000000, 4)}`;
}

function sized(length, code8, code16, code32) {
  if (length < 0x100 && code8 !== null) return code8 + be(length, 1);
  if (length < 0x10000) return code16 + be(length, 2);
  return code32 + be(length, 4);
}

const strHeader = (length) => (length < 32 ? hexByte(0xa0 | length) : sized(length, 'd9', 'da', 'db'));

/** A frame around a payload. */
const framed = (parts) => tidy([be(sizeOf(parts), 4), ...parts]);

// --- messages.json ---------------------------------------------------------------------------------------------------

const severalKeys = (value) => {
  if (Array.isArray(value)) return value.some(severalKeys);
  if (!isPlain(value) || '$bin' in value || '$float' in value || '$str' in value) return false;
  return Object.keys(value).length > 1 || Object.values(value).some(severalKeys);
};

const messages = [];

function add(name, value, bytes) {
  const canonical = bytes === undefined;
  const vector = { name, canonical, value, hex: framed(canonical ? pack(value) : bytes) };
  if (canonical && severalKeys(value)) vector.several_keys = true;
  messages.push(vector);
}

/** An INVOKE with some elements replaced. */
function invoke(changes = {}) {
  const fields = {
    id: 1,
    request_id: 'req-1',
    method: 'GET',
    path: '/users/42',
    raw_path: '/users/42',
    query: [],
    params: ['id', '42'],
    headers: 'host\nlocalhost:8080\naccept\n*/*',
    client_ip: '127.0.0.1',
    ts: 1763642000123,
    timeout_ms: 30000,
    session: null,
    context: null,
    flags: 0,
    body: bin(''),
    ...changes,
  };
  return [20, ...Object.values(fields)];
}

const INT_EDGES = [
  ['0', 0],
  ['127, the largest in one byte', 127],
  ['128', 128],
  ['255', 255],
  ['256', 256],
  ['65535', 65535],
  ['65536', 65536],
  ['2^31 - 1', 2147483647],
  ['2^31', 2147483648],
  ['2^32 - 1, the largest uint32', 4294967295],
];

add('HELLO of a gateway', [0, 1, { role: 'gateway', pid: 4242 }]);
add('HELLO of a daemon', [0, 1, { role: 'daemon', runtime: 'python', pid: 4243, tool: 'Python 3.11.7' }]);
add('HELLO of a worker', [0, 1, { role: 'worker', runtime: 'node', pid: 4244 }]);
add('HELLO of a version to come', [0, 2, { role: 'gateway' }]);
for (const [name, n] of INT_EDGES) add(`PING ${name}`, [1, n]);
add('PONG', [2, 7]);
add('FAULT', [3, 'malformed_frame', 'The frame cannot be read: a map key is no str.']);

const spec = {
  socket: '/run/fastfn/w1.sock',
  runtime: 'python',
  entry: '/srv/functions/users/[id].py',
  folder: '/srv/functions/users',
  root: '/srv/functions',
  own_folder: '/srv/functions/users',
  handler: null,
  adapter: null,
  env: { GREETING: 'hello' },
  process_env: {},
  secrets: {},
  context: {
    runtime: 'python',
    function_name: 'users/[id].py',
    version: 'default',
    timeout_ms: 30000,
    max_concurrency: 0,
    max_body_bytes: 1048576,
    worker_pool: { enabled: true, max_workers: 0, min_warm: 0 },
    gateway: { worker_pid: 4242 },
    debug: { enabled: false },
  },
  max_frame: 16777216,
  memory_mb: 0,
  sandbox: {
    strict: true,
    read: ['/usr', '/proc/self'],
    list: ['/srv/functions'],
    write: ['/srv/functions/users'],
    hide: ['/srv/functions/users/fn.env.json'],
    unhidden: null,
    empty: '/tmp/fastfn/empty',
    unix: false,
    filter: [32, 0, 0, 4, 6, 0, 0, 2147418112],
  },
};
add('START', [10, 'w1', spec]);
add('START with nil for everything that may be nil', [10, 'w2', { ...spec, env: {}, sandbox: null }]);
add('STARTED', [11, 'w1', 5001]);
add('START_FAILED', [12, 'w1', 'spawn_failed', 'fork: Resource temporarily unavailable']);
add('STOP with grace', [13, 'w1', 1000]);
add('STOP now', [13, 'w1', 0]);
add('EXITED with a code', [14, 'w1', 0, null]);
add('EXITED by a signal', [14, 'w1', null, 'SIGKILL']);
add('LOG of a worker', [15, 'w1', 1, 'ready\n']);
add('LOG of the daemon itself', [15, null, 2, 'warning: …\n']);

add('INVOKE', invoke());
add('INVOKE with everything', [
  ...invoke({
    id: 4294967295,
    method: 'POST',
    path: '/blog/a b/ü',
    raw_path: '/blog/a%20b/%C3%BC',
    query: ['tag', 'x', 'tag', 'y', 'bare', ''],
    params: ['slug', 'a b/ü'],
    headers: 'content-type\napplication/json\ncookie\nsid=s1; theme=dark',
    session: { id: 's1', raw: 'sid=s1; theme=dark', cookies: { sid: 's1', theme: 'dark' } },
    context: {
      user: { name: 'Ada', roles: ['admin'] },
      trigger: { type: 'schedule', every_seconds: 5 },
      job: { id: 'j1', attempt: 0 },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    flags: 2,
    body: bin('{"a":1}'),
  }),
]);
add('INVOKE whose body is no UTF-8', invoke({ body: bin([0x00, 0xff, 0xfe, 0x80, 0x0a]) }));
add('INVOKE with more body to come', invoke({ flags: 1, body: bin('first part') }));
add(
  'INVOKE with NUL, line feeds inside a path, and emoji',
  invoke({ path: '/a\u0000b/\n/👩🏽‍💻', raw_path: '/a%00b/%0A/%F0%9F%91%A9%F0%9F%8F%BD%E2%80%8D%F0%9F%92%BB' }),
);
add('INVOKE with a fraction in ts', invoke({ ts: 1763642000123.25 }));
add('INVOKE with a ts that fits 32 bits', invoke({ ts: 4294967295 }));
add('INVOKE with a ts one above 32 bits, written as float 64', invoke({ ts: 4294967296 }));
add('INVOKE with a body of 64 KiB', invoke({ body: binRepeat(0x61, 65536) }));
add('INVOKE with a path of 255 bytes (str 8)', invoke({ path: strRepeat('p', 255) }));
add('INVOKE with a path of 256 bytes (str 16)', invoke({ path: strRepeat('p', 256) }));
add('INVOKE with headers of 65536 bytes (str 32)', invoke({ headers: strRepeat('h', 65536) }));
add(
  'INVOKE with 16 parameters (array 16)',
  invoke({ params: Array.from({ length: 32 }, (_, i) => (i % 2 ? `v${i}` : `n${i}`)) }),
);
add(
  'INVOKE with a context of numbers of every width',
  invoke({
    context: {
      user: [
        0, -1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, 4294967296, 9007199254740991,
        -9007199254740991, 0.1, 1e300,
      ],
    },
  }),
);
add(
  'INVOKE with empty and nested containers',
  invoke({
    context: { user: { list: [], map: {}, deep: [[[[{ a: [] }]]]], nil: null, yes: true, no: false, text: '' } },
  }),
);
add(
  'INVOKE with a map of 16 keys (map 16)',
  invoke({ context: { user: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i])) } }),
);
add(
  'INVOKE with keys that are no identifiers',
  invoke({ context: { user: { '': 1, 'a b': 2, ключ: 3, constructor: 4 } } }),
);
add('INPUT', [21, 1, bin('second part'), false]);
add('INPUT, the last, empty', [21, 1, bin(''), true]);
for (const reason of ['timeout', 'client_closed', 'canceled', 'shutdown']) add(`CANCEL ${reason}`, [22, 1, reason]);
add('CREDIT', [23, 1, 65536]);

add('READY', [
  30,
  { pid: 5001, concurrency: 1, files: ['/srv/functions/users/[id].py', '/srv/functions/users/_db.py'], load_ms: 12.5 },
]);
add('READY of a worker for any number of calls', [30, { pid: 5002, concurrency: 0, files: [], load_ms: 3 }]);
add('LOAD_ERROR', [
  31,
  {
    code: 'handler_error',
    message: 'invalid syntax',
    debug: {
      type: 'SyntaxError',
      message: 'invalid syntax',
      file: '/srv/functions/users/[id].py',
      line: 3,
      source: '  retrun 1',
      stack: '  File "…", line 3\n',
    },
    files: ['/srv/functions/users/[id].py'],
  },
]);
add('LOAD_ERROR without debug', [
  31,
  { code: 'invalid_config', message: 'no adapter named x', debug: null, files: [] },
]);
add('FILES', [32, ['/srv/functions/users/late.py']]);
add('LEAVING', [33]);
add('FILES, none', [32, []]);
add('HEAD that is the whole answer', [
  40,
  1,
  200,
  ['content-type', 'application/json; charset=utf-8'],
  1,
  bin('{"hello":"Ada"}'),
]);
add('HEAD of an empty answer', [40, 1, 204, [], 1, bin('')]);
add('HEAD of a stream', [40, 1, 200, ['content-type', 'text/event-stream'], 0, bin('')]);
add('HEAD with a name that repeats, and a value in Unicode', [
  40,
  1,
  200,
  ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-name', 'Zoë'],
  1,
  bin('ok'),
]);
add('HEAD with the lowest status', [40, 1, 100, [], 1, bin('')]);
add('HEAD with the highest status', [40, 1, 599, [], 1, bin('')]);
add('HEAD with a body of 255 bytes (bin 8)', [40, 1, 200, [], 1, binRepeat(0, 255)]);
add('HEAD with a body of 256 bytes (bin 16)', [40, 1, 200, [], 1, binRepeat(0xff, 256)]);
add('HEAD with a body of 65535 bytes (bin 16)', [40, 1, 200, [], 1, binRepeat(0x62, 65535)]);
add('CHUNK', [41, 1, bin('data: 1\n\n')]);
add('CHUNK of 64 KiB (bin 32)', [41, 1, binRepeat(0x63, 65536)]);
add('END', [42, 1]);
add('ERROR', [
  43,
  1,
  'handler_error',
  'division by zero',
  {
    type: 'ZeroDivisionError',
    message: 'division by zero',
    file: '/srv/functions/x.py',
    line: 2,
    source: '  return 1 / 0',
    stack: 'Traceback …',
  },
]);
add('ERROR without debug', [43, 1, 'canceled', 'The call was canceled.', null]);
add('OUTPUT to stdout', [44, 1, 1, 'hello\n']);
add('OUTPUT to stderr, outside any call', [44, 0, 2, 'Grüße 👋\n']);
add('PROXY', [
  45,
  1,
  {
    url: null,
    path: '/v1/things?x=1',
    method: 'POST',
    headers: { accept: 'application/json', 'x-list': ['a', 'b'] },
    body: bin([1, 2, 3]),
    timeout_ms: 5000,
    max_response_bytes: 1048576,
  },
]);
add('PROXY, the least', [45, 1, { url: 'https://example.com/' }]);

// What a reader must understand although no writer of ours says it so.
add('PING in a uint 8 that would fit one byte', [1, 5], ['92', '01', 'cc05']);
add('PING in a uint 16', [1, 5], ['92', '01', 'cd0005']);
add('PING in a uint 32', [1, 5], ['92', '01', 'ce00000005']);
add('PING in a uint 64', [1, 5], ['92', '01', 'cf0000000000000005']);
add('PING in an int 64', [1, 5], ['92', '01', 'd30000000000000005']);
add('PING in an int 8', [1, 5], ['92', '01', 'd005']);
add('PING whose type is a uint 32 and whose array is an array 32', [1, 5], ['dd00000002', 'ce00000001', '05']);
add('READY with a float 32', [30, { load_ms: float(1.5) }], ['92', '1e', '81', ...pack('load_ms'), 'ca3fc00000']);
add(
  'READY with a float that is whole',
  [30, { load_ms: float(3) }],
  ['92', '1e', '81', ...pack('load_ms'), `cb${float64(3)}`],
);
add('INVOKE with a ts in a uint 64', invoke(), pack(invoke({ ts: { $raw: `cf${be(1763642000123, 8)}` } })));
add(
  'START_FAILED with a str 8, 16 and 32 for short text',
  [12, 'w1', 'c', 'm'],
  ['94', '0c', 'd9027731', 'da000163', 'db000000016d'],
);
add('CHUNK in bin 16', [41, 1, bin('ab')], ['93', '29', '01', 'c500026162']);
add('CHUNK in bin 32', [41, 1, bin('ab')], ['93', '29', '01', 'c6000000026162']);
add('CHUNK whose bytes are a str', [41, 1, bin('ab')], ['93', '29', '01', 'a26162']);
add('READY in a map 32', [30, { pid: 1 }], ['92', '1e', 'df00000001', ...pack('pid'), '01']);
add('END with elements this version does not know', [42, 1], ['94', '2a', '01', ...pack('new'), ...pack({ a: [1] })]);
add(
  'ERROR whose last element is missing',
  [43, 1, 'canceled', 'x', null],
  ['94', '2b', '01', ...pack('canceled'), ...pack('x')],
);
add('EXITED whose last element is missing', [14, 'w1', 0, null], ['93', '0e', ...pack('w1'), '00']);
add('HEAD whose flags and body are missing', [40, 1, 200, [], 0, bin('')], ['94', '28', '01', 'ccc8', '90']);
add(
  'HEAD whose headers, flags and body are nil',
  [40, 1, 200, [], 0, bin('')],
  ['96', '28', '01', 'ccc8', 'c0', 'c0', 'c0'],
);
add('INPUT whose last element is missing', [21, 1, bin('x'), false], ['93', '15', '01', 'c40178']);

// --- invalid.json ----------------------------------------------------------------------------------------------------

const invalid = [];

/** @param parts the bytes as they arrive, length included. */
function refuse(name, fault, parts, options = {}) {
  const { from = 'gateway', to = 'worker', ...rest } = options;
  invalid.push({ name, fault, from, to, after_hello: true, ...rest, hex: tidy(parts) });
}
const frameOf = (...parts) => [be(sizeOf(parts), 4), ...parts];
const messageOf = (value) => frameOf(...pack(value));

refuse('length 0', 'malformed_frame', ['00000000']);
refuse('length one over the limit', 'frame_too_large', ['01000001']);
refuse('length 2^32 - 1', 'frame_too_large', ['ffffffff']);
refuse('the start of an HTTP request', 'frame_too_large', [Buffer.from('GET / HTTP/1.1\r\n').toString('hex')]);
refuse('a frame over a limit of 64 bytes', 'frame_too_large', frameOf(repeated('00', 65)), { limit: 64 });
refuse('stream ends inside the length', 'malformed_frame', ['0000'], { eof: true });
refuse('stream ends inside a frame', 'malformed_frame', ['00000004', '9201'], { eof: true });
refuse('not an array: nil', 'malformed_frame', frameOf('c0'));
refuse('not an array: an int', 'malformed_frame', frameOf('01'));
refuse('not an array: a map', 'malformed_frame', frameOf('81a16101'));
refuse('not an array: a str', 'malformed_frame', frameOf('a3616263'));
refuse('empty array', 'malformed_frame', frameOf('90'));
refuse('type is a str', 'malformed_frame', frameOf('92a15001'));
refuse('type is negative', 'malformed_frame', frameOf('92ff01'));
refuse('type is nil', 'malformed_frame', frameOf('91c0'));
refuse('array with too few elements in the frame', 'malformed_frame', frameOf('9301'));
refuse('array of 2^32 - 1 elements in six bytes', 'malformed_frame', frameOf('ddffffffff01'));
refuse('map of 2^32 - 1 pairs', 'malformed_frame', frameOf('921edfffffffff'));
refuse('str longer than the frame', 'malformed_frame', frameOf('9316d9ff61'));
refuse('bin of 4 GiB', 'malformed_frame', frameOf('931501c6ffffffff00'));
refuse('half an integer', 'malformed_frame', frameOf('9201ce0000'));
refuse('half a float', 'malformed_frame', frameOf('9201cb0000'));
refuse('a byte follows the message', 'malformed_frame', frameOf('9201', '05', '00'));
refuse('two messages in one frame', 'malformed_frame', frameOf('920105', '920106'));
refuse('the code 0xc1, which is never used', 'malformed_frame', frameOf('9201c1'));
refuse('fixext 1', 'malformed_frame', frameOf('9201d40100'));
refuse('ext 8', 'malformed_frame', frameOf('9201c7010100'));
refuse('timestamp extension', 'malformed_frame', frameOf('9201d6ff00000000'));
refuse("msgpackr's undefined (ext 0)", 'malformed_frame', frameOf('9201d40000'));
refuse('a record of msgpackr (ext 0x72)', 'malformed_frame', frameOf('9201d472409100'));
refuse('map with an int as key', 'malformed_frame', frameOf('92', '1e', '8101a161'), { from: 'worker', to: 'gateway' });
refuse('map with an array as key', 'malformed_frame', frameOf('92', '1e', '8190a161'), {
  from: 'worker',
  to: 'gateway',
});
refuse('10,000 arrays inside each other', 'malformed_frame', frameOf(repeated('91', 10000), 'c0'));
refuse('10,000 maps inside each other', 'malformed_frame', frameOf('921e', repeated('81a161', 10000), 'c0'), {
  from: 'worker',
  to: 'gateway',
});
refuse('integer beyond 2^53', 'malformed_frame', frameOf('9201cfffffffffffffffff'));
refuse('unknown type 99', 'unknown_message', messageOf([99]));
refuse('unknown type 4', 'unknown_message', messageOf([4, 'x']));
refuse('INVOKE sent to a daemon', 'unexpected_message', messageOf(invoke()), { to: 'daemon' });
refuse('START sent to a worker', 'unexpected_message', messageOf([10, 'w1', {}]));
refuse('HEAD sent by a gateway', 'unexpected_message', messageOf([40, 1, 200, [], 1, bin('')]));
refuse('INVOKE sent by a worker', 'unexpected_message', messageOf(invoke()), { from: 'worker', to: 'gateway' });
refuse('READY sent by a daemon', 'unexpected_message', messageOf([30, {}]), { from: 'daemon', to: 'gateway' });
refuse('a second HELLO', 'unexpected_message', messageOf([0, 1, { role: 'gateway' }]));
refuse('INVOKE before HELLO', 'unexpected_message', messageOf(invoke()), { after_hello: false });
refuse('PING before HELLO', 'unexpected_message', messageOf([1, 1]), { after_hello: false });
refuse('HELLO of version 2', 'protocol_version', messageOf([0, 2, { role: 'gateway' }]), { after_hello: false });
refuse('HELLO of version 0', 'protocol_version', messageOf([0, 0, { role: 'gateway' }]), { after_hello: false });
refuse('HELLO without a version', 'malformed_frame', messageOf([0]), { after_hello: false });
refuse('HELLO whose info is a list', 'malformed_frame', messageOf([0, 1, []]), { after_hello: false });
refuse('PING with a str', 'malformed_frame', messageOf([1, 'x']));
refuse('PING without n', 'malformed_frame', messageOf([1]));
refuse('CANCEL whose id is a str', 'malformed_frame', messageOf([22, '1', 'timeout']));
refuse('CANCEL whose id is negative', 'malformed_frame', messageOf([22, -1, 'timeout']));
refuse('CANCEL whose reason is an int', 'malformed_frame', messageOf([22, 1, 5]));
refuse('CREDIT of a negative number', 'malformed_frame', messageOf([23, 1, -5]));
refuse('INPUT whose bytes are an array', 'malformed_frame', messageOf([21, 1, [1, 2], true]));
refuse('INPUT whose last is an int', 'malformed_frame', messageOf([21, 1, bin(''), 1]));
refuse('INVOKE whose id is a fraction', 'malformed_frame', messageOf(invoke({ id: 1.5 })));
refuse('INVOKE whose id is 2^32', 'malformed_frame', messageOf(invoke({ id: 4294967296 })));
refuse('INVOKE whose method is nil', 'malformed_frame', messageOf(invoke({ method: null })));
refuse('INVOKE whose query has an odd number of elements', 'malformed_frame', messageOf(invoke({ query: ['a'] })));
refuse('INVOKE whose params hold an int', 'malformed_frame', messageOf(invoke({ params: ['id', 42] })));
refuse('INVOKE whose session is a list', 'malformed_frame', messageOf(invoke({ session: [] })));
refuse('STOP without a worker', 'malformed_frame', messageOf([13]), { to: 'daemon' });
refuse('START whose spec is nil', 'malformed_frame', messageOf([10, 'w1', null]), { to: 'daemon' });
refuse('HEAD with status 99', 'malformed_frame', messageOf([40, 1, 99, [], 1, bin('')]), {
  from: 'worker',
  to: 'gateway',
});
refuse('HEAD with status 600', 'malformed_frame', messageOf([40, 1, 600, [], 1, bin('')]), {
  from: 'worker',
  to: 'gateway',
});
refuse('HEAD with headers as a map', 'malformed_frame', messageOf([40, 1, 200, { a: 'b' }, 1, bin('')]), {
  from: 'worker',
  to: 'gateway',
});
refuse('OUTPUT on stream 3', 'malformed_frame', messageOf([44, 1, 3, 'x']), { from: 'worker', to: 'gateway' });
refuse('OUTPUT whose text is nil', 'malformed_frame', messageOf([44, 1, 1, null]), { from: 'worker', to: 'gateway' });
refuse('EXITED whose code is a str', 'malformed_frame', messageOf([14, 'w1', '0', null]), {
  from: 'daemon',
  to: 'gateway',
});
refuse('a good PING, then garbage', 'malformed_frame', [...messageOf([1, 1]), ...frameOf('c1')]);

// --- files -----------------------------------------------------------------------------------------------------------

/** One vector a line: short diffs, and easy to look through. */
function render(about, key, vectors) {
  const lines = vectors.map((vector) => `    ${JSON.stringify(vector)}`).join(',\n');
  return `{\n  "about": ${JSON.stringify(about)},\n  "protocol_version": 1,\n  "${key}": [\n${lines}\n  ]\n}\n`;
}

export function vectorFiles() {
  return {
    'messages.json': render(
      'Golden messages of the FastFN worker protocol; PROTOCOL.md section 5 describes this file. Made by scripts/make-vectors.mjs.',
      'messages',
      messages,
    ),
    'invalid.json': render(
      'Bytes that must end a connection, with the fault code; PROTOCOL.md section 5 describes this file. Made by scripts/make-vectors.mjs.',
      'invalid',
      invalid,
    ),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(vectorFiles())) {
    await writeFile(new URL(`../vectors/${name}`, import.meta.url), text);
  }
}
