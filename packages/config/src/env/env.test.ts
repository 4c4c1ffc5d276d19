import { describe, expect, it } from 'vitest';
import { describeEnv } from './describe.js';
import { parseEnv } from './parse.js';
import { ENV_NAMES, ENV_VARS, type EnvName, type EnvVar } from './table.js';

const HASH = `pbkdf2-sha256:100000:${'ab'.repeat(16)}:${'cd'.repeat(32)}`;

/** Every variable: [good text, value][] and bad texts. */
const FLAG = {
  good: [
    ['1', true],
    ['no', false],
  ],
  bad: ['2', 'maybe', '01', 'truee'],
} as const;
const COMMAND = {
  good: [
    ['python3.12', 'python3.12'],
    ['/opt/x', '/opt/x'],
  ],
  bad: ['a\0b'],
} as const;
const SAMPLES: Record<EnvName, { good: readonly (readonly [string, unknown])[]; bad: readonly string[] }> = {
  FN_HOST_PORT: {
    good: [
      ['8080', 8080],
      [' 0 ', 0],
    ],
    bad: ['-1', '65536', '80.5', 'http', '0x50', '1e3'],
  },
  FN_HOST: {
    good: [
      ['0.0.0.0', '0.0.0.0'],
      ['[::1]', '::1'],
      ['::', '::'],
      ['my-host', 'my-host'],
    ],
    bad: ['a b', 'http://x', 'x:80/'],
  },
  FN_GATEWAYS: {
    good: [
      ['1', 1],
      [' 4 ', 4],
      ['AUTO', 'auto'],
    ],
    bad: ['0', '65', '-1', '1.5', 'all', 'autos'],
  },
  FN_PUBLIC_BASE_URL: {
    good: [
      ['https://x.test/', 'https://x.test'],
      ['http://h:1/p', 'http://h:1/p'],
    ],
    bad: ['x.test', 'ftp://x', 'https://u:p@x', 'https://x?y'],
  },
  FN_TRUSTED_PROXY_CIDRS: {
    good: [
      ['10.0.0.0/8, ::1/128', ['10.0.0.0/8', '::1/128']],
      ['192.0.2.1', ['192.0.2.1/32']],
      ['fe80::1', ['fe80::1/128']],
    ],
    bad: ['10.0.0.0/33', '10.0.0/8', 'x', '::1/129', '1.2.3.4/', '1.2.3.4/8/8', '10.0.0.0/8,x', '1.2.3.4/-1'],
  },
  FN_DOCS_ENABLED: FLAG,
  FN_OPENAPI_INCLUDE_INTERNAL: FLAG,
  FN_HOME_FUNCTION: {
    good: [
      ['/showcase', '/showcase'],
      ['hello', 'hello'],
    ],
    bad: ['a b'],
  },
  FN_HOME_REDIRECT: {
    good: [
      ['/_fn/docs', '/_fn/docs'],
      ['https://x.test', 'https://x.test'],
    ],
    bad: ['docs', '//evil', 'javascript:1', '/a\nb'],
  },
  FN_MAX_ASSET_BYTES: { good: [['1', 1]], bad: ['0', '1mb'] },
  FN_HTTP_VERIFY_TLS: FLAG,
  FN_FUNCTIONS_ROOT: { good: [['./fns', './fns']], bad: ['a\0b'] },
  FN_NAMESPACE_DEPTH: {
    good: [
      ['1', 1],
      ['5', 5],
    ],
    bad: ['0', '6', 'x'],
  },
  FN_ZERO_CONFIG_IGNORE_DIRS: { good: [['Dist, build', ['dist', 'build']]], bad: ['a/b', '..'] },
  FN_FORCE_URL: FLAG,
  FN_DEFAULT_TIMEOUT_MS: { good: [['500', 500]], bad: ['0', '-1', '1s'] },
  FN_DEFAULT_MAX_CONCURRENCY: { good: [['0', 0]], bad: ['-1'] },
  FN_DEFAULT_MAX_BODY_BYTES: { good: [['1024', 1024]], bad: ['0'] },
  FN_MAX_FRAME_BYTES: { good: [['65536', 65_536]], bad: ['65535', '1073741825'] },
  FN_RUNTIMES: { good: [['Python, node,python', ['python', 'node']]], bad: ['ruby', 'node,ruby', '', ' , '] },
  FN_RUNTIME_DAEMONS: {
    good: [
      ['node=3, python=2', { node: 3, python: 2 }],
      ['{"node": 3}', { node: 3 }],
      ['NODE=1', { node: 1 }],
    ],
    bad: [
      'node',
      'node=',
      'node=0',
      'node=65',
      'ruby=1',
      'node=1.5',
      'node=1,node=2',
      '{"node": "3"}',
      '{"ruby": 1}',
      '{',
      'node=1;python=2',
      '=1',
    ],
  },
  FN_RUNTIME_SOCKETS: {
    good: [
      [
        '{"python": "unix:/run/a.sock", "node": ["/run/b.sock", "unix:///run/c.sock"]}',
        { python: ['/run/a.sock'], node: ['/run/b.sock', '/run/c.sock'] },
      ],
      ['{}', {}],
    ],
    bad: [
      'python=/x',
      '[]',
      '{"python": "x.sock"}',
      '{"python": []}',
      '{"python": 1}',
      '{"ruby": "/x"}',
      '{"lua": "/x"}',
      '{',
      'null',
      '{"node": ["/a", 1]}',
    ],
  },
  FN_SOCKET_BASE_DIR: { good: [['/tmp/x', '/tmp/x']], bad: ['a\0'] },
  FN_HEALTH_INTERVAL: {
    good: [
      ['2', 2000],
      ['0.5', 500],
    ],
    bad: ['0', '-1', '1s', '.'],
  },
  FN_PYTHON_BIN: COMMAND,
  FN_NODE_BIN: COMMAND,
  FN_NPM_BIN: COMMAND,
  FN_PHP_BIN: COMMAND,
  FN_COMPOSER_BIN: COMMAND,
  FN_CARGO_BIN: COMMAND,
  FN_GO_BIN: COMMAND,
  FN_HOT_RELOAD: FLAG,
  FN_HOT_RELOAD_DEBOUNCE_MS: {
    good: [
      ['0', 0],
      ['50', 50],
    ],
    bad: ['-1', '10001'],
  },
  FN_HOT_RELOAD_WATCHDOG: FLAG,
  FN_HOT_RELOAD_INTERVAL: { good: [['2', 2000]], bad: ['0'] },
  FN_STRICT_FS: FLAG,
  FN_STRICT_FS_ALLOW: { good: [['/a, ./b', ['/a', './b']]], bad: ['a\0b'] },
  FN_AUTO_REQUIREMENTS: FLAG,
  FN_AUTO_NODE_DEPS: FLAG,
  FN_AUTO_PHP_DEPS: FLAG,
  FN_AUTO_INFER_PY_DEPS: FLAG,
  FN_AUTO_INFER_NODE_DEPS: FLAG,
  FN_AUTO_INFER_WRITE_MANIFEST: FLAG,
  FN_AUTO_INFER_STRICT: FLAG,
  FN_RUST_BUILD_TIMEOUT_S: { good: [['20', 20_000]], bad: ['0'] },
  FN_GO_BUILD_TIMEOUT_S: { good: [['20', 20_000]], bad: ['x'] },
  FN_ADMIN_API_ENABLED: FLAG,
  FN_ADMIN_TOKEN: {
    good: [
      ['12345678', '12345678'],
      [' spaced  ', ' spaced  '],
    ],
    bad: ['short'],
  },
  FN_UI_ENABLED: FLAG,
  FN_CONSOLE_API_ENABLED: FLAG,
  FN_CONSOLE_WRITE_ENABLED: FLAG,
  FN_CONSOLE_LOCAL_ONLY: FLAG,
  FN_CONSOLE_LOGIN_ENABLED: { good: [['0', false]], bad: FLAG.bad },
  FN_CONSOLE_LOGIN_USERNAME: { good: [['ada', 'ada']], bad: ['x'.repeat(201)] },
  FN_CONSOLE_LOGIN_PASSWORD: { good: [['pw', 'pw']], bad: ['x'.repeat(4097)] },
  FN_CONSOLE_LOGIN_PASSWORD_HASH: {
    good: [
      [HASH, HASH],
      [
        `scrypt:16384:8:1:${'ab'.repeat(16)}:${'cd'.repeat(32)}`,
        `scrypt:16384:8:1:${'ab'.repeat(16)}:${'cd'.repeat(32)}`,
      ],
    ],
    bad: ['plain', 'md5:1:ab:cd', 'pbkdf2-sha256:0:abababababababab:cd', HASH.replace('ab', 'a')],
  },
  FN_CONSOLE_LOGIN_MAX_ATTEMPTS: { good: [['5', 5]], bad: ['0'] },
  FN_CONSOLE_LOGIN_LOCK_S: { good: [['60', 60_000]], bad: ['0'] },
  FN_CONSOLE_SESSION_SECRET: { good: [['s'.repeat(32), 's'.repeat(32)]], bad: ['s'.repeat(31)] },
  FN_CONSOLE_SESSION_TTL_S: { good: [['3600', 3_600_000]], bad: ['1'] },
  FN_CONSOLE_RATE_LIMIT_MAX: { good: [['0', 0]], bad: ['-1'] },
  FN_CONSOLE_RATE_LIMIT_WINDOW_S: { good: [['60', 60_000]], bad: ['0'] },
  FN_SCHEDULER_ENABLED: FLAG,
  FN_JOBS_ENABLED: FLAG,
  FN_JOBS_MAX_CONCURRENCY: { good: [['2', 2]], bad: ['0'] },
  FN_JOBS_MAX_RESULT_BYTES: { good: [['0', 0]], bad: ['-1'] },
  FN_JOBS_MAX_QUEUED: { good: [['100', 100]], bad: ['0'] },
  FN_JOBS_KEEP_FINISHED: { good: [['0', 0]], bad: ['-1'] },
  FN_JOBS_KEEP_HOURS: { good: [['24', 24]], bad: ['0'] },
  FN_JOBS_CALLBACK_SECRET: { good: [['s'.repeat(16), 's'.repeat(16)]], bad: ['short'] },
  FN_JOBS_CALLBACK_ALLOW_PRIVATE: FLAG,
  FN_JOBS_LEASE_SECONDS: { good: [['2', 2_000]], bad: ['0'] },
  FN_STATE_DIR: { good: [['/var/x', '/var/x']], bad: ['a\0'] },
  FN_REDIS_URL: {
    good: [
      ['redis://:pw@h:6379/0', 'redis://:pw@h:6379/0'],
      ['rediss://h', 'rediss://h'],
    ],
    bad: ['http://h', 'h:6379', 'redis://'],
  },
  FN_LOG_LEVEL: {
    good: [
      ['DEBUG', 'debug'],
      ['warn', 'warn'],
    ],
    bad: ['verbose'],
  },
  FN_LOG_FORMAT: { good: [['json', 'json']], bad: ['xml'] },
  FN_ACCESS_LOG: FLAG,
  NO_COLOR: { good: [['1', '1']], bad: [] },
  OTEL_EXPORTER_OTLP_ENDPOINT: { good: [['http://h:4318', 'http://h:4318']], bad: [] },
};

const texts = ENV_NAMES.flatMap((name) => SAMPLES[name].good.map(([text, value]) => [name, text, value] as const));
const badTexts = ENV_NAMES.flatMap((name) => SAMPLES[name].bad.map((text) => [name, text] as const));

describe('parseEnv', () => {
  it.each(texts)('%s=%s', (name, text, value) => {
    expect(parseEnv({ [name]: text })).toEqual({ values: { [name]: value }, problems: [] });
  });

  it.each(badTexts)('%s=%j is refused', (name, text) => {
    const { values, problems } = parseEnv({ [name]: text });
    expect(values).toEqual({});
    expect(problems).toHaveLength(1);
    const spec: EnvVar = ENV_VARS[name];
    expect(problems[0]).toMatchObject({ severity: 'error', file: '', key: name, allowed: spec.allowed });
    if (spec.secret) expect(problems[0]?.found).toBe('<hidden>');
  });

  it.each(['1', 'true', 'TRUE', 'yes', 'Yes', 'on', 'ON'])('%s is true', (text) =>
    expect(parseEnv({ FN_FORCE_URL: text }).values.FN_FORCE_URL).toBe(true),
  );
  it.each(['0', 'false', 'False', 'no', 'NO', 'off', ' off '])('%s is false', (text) =>
    expect(parseEnv({ FN_FORCE_URL: text }).values.FN_FORCE_URL).toBe(false),
  );

  it('takes empty values for unset, but for FN_RUNTIMES', () => {
    const empty = Object.fromEntries(ENV_NAMES.map((name) => [name, '']));
    expect(parseEnv(empty).problems.map(({ key }) => key)).toEqual(['FN_RUNTIMES']);
    expect(parseEnv({ FN_HOST: undefined })).toEqual({ values: {}, problems: [] });
  });

  it('reports all problems together', () => {
    const { problems } = parseEnv({
      FN_HOST_PORT: 'x',
      FN_RUNTIMES: 'ruby',
      FN_HOT_RELOAD: 'maybe',
      FN_LOG_LEVEL: 'info',
    });
    expect(problems.map(({ key }) => key)).toEqual(['FN_HOST_PORT', 'FN_RUNTIMES', 'FN_HOT_RELOAD']);
    expect(problems[0]?.message).toBe(
      'Environment variable FN_HOST_PORT is "x"; allowed: a whole number from 0 to 65535.',
    );
  });

  it('points at misspelt names, and leaves other ones alone', () => {
    const { problems } = parseEnv({ FN_HOTRELOAD: '1', FN_LOG_LEVL: 'x', FN_SOMETHING_ELSE: '1', PATH: '/bin' });
    expect(problems).toMatchObject([
      { severity: 'warning', code: 'unknown_key', key: 'FN_HOTRELOAD', fix: 'Did you mean FN_HOT_RELOAD?' },
      { severity: 'warning', code: 'unknown_key', key: 'FN_LOG_LEVL', fix: 'Did you mean FN_LOG_LEVEL?' },
    ]);
  });

  it('wants a password and a session secret for the login', () => {
    const keys = (env: Record<string, string>) =>
      parseEnv({ FN_CONSOLE_LOGIN_ENABLED: '1', ...env }).problems.map(({ key }) => key);
    expect(keys({})).toEqual(['FN_CONSOLE_LOGIN_PASSWORD_HASH', 'FN_CONSOLE_SESSION_SECRET']);
    expect(keys({ FN_CONSOLE_LOGIN_PASSWORD: 'x' })).toEqual(['FN_CONSOLE_SESSION_SECRET']);
    expect(keys({ FN_CONSOLE_LOGIN_PASSWORD_HASH: HASH, FN_CONSOLE_SESSION_SECRET: 's'.repeat(40) })).toEqual([]);
    expect(keys({ FN_CONSOLE_LOGIN_PASSWORD_HASH: 'bad', FN_CONSOLE_SESSION_SECRET: 'short' })).toEqual([
      'FN_CONSOLE_LOGIN_PASSWORD_HASH',
      'FN_CONSOLE_SESSION_SECRET',
    ]);
  });
});

describe('ENV_VARS', () => {
  it.each(ENV_NAMES)('%s has a default that it accepts itself, and says what it does', (name) => {
    const spec: EnvVar = ENV_VARS[name];
    if (spec.default !== null) expect(spec.parse(spec.default)).toBeDefined();
    expect(spec.description).toMatch(/\.$/);
    expect(spec.allowed).not.toBe('');
  });
});

describe('describeEnv', () => {
  const row = (env: Record<string, string>, name: EnvName) => describeEnv(env).find((found) => found.name === name);

  it('lists every variable', () => expect(describeEnv({}).map(({ name }) => name)).toEqual([...ENV_NAMES]));

  it('shows value and source', () => {
    expect(row({}, 'FN_HOST_PORT')).toMatchObject({ value: '8080', source: 'default', problem: null });
    expect(row({}, 'FN_PUBLIC_BASE_URL')).toMatchObject({ value: '', source: 'default' });
    expect(row({ FN_HOST_PORT: '1' }, 'FN_HOST_PORT')).toMatchObject({ value: '1', source: 'environment' });
    expect(row({ FN_HOST_PORT: 'x' }, 'FN_HOST_PORT')).toMatchObject({
      value: 'x',
      problem: expect.stringContaining('allowed'),
    });
  });

  it('masks secrets and credentials in URLs', () => {
    const rows = describeEnv({
      FN_ADMIN_TOKEN: 'hunter2hunter2',
      FN_REDIS_URL: 'redis://:hunter2@h',
      FN_CONSOLE_SESSION_SECRET: 'hunter2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://u:hunter2@h',
    });
    expect(JSON.stringify(rows)).not.toContain('hunter2');
    expect(rows.find(({ name }) => name === 'FN_ADMIN_TOKEN')?.value).toBe('<hidden>');
  });
});
