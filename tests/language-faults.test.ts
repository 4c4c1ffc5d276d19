import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, type TestServer, useServer } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A busy machine that has compiled nothing yet takes so long for a first Rust function. */
const BUILD_MS = 180_000;
const PATIENT = {
  FN_DEFAULT_TIMEOUT_MS: `${BUILD_MS}`,
  FN_RUST_BUILD_TIMEOUT_S: `${BUILD_MS / 1000}`,
  FN_GO_BUILD_TIMEOUT_S: `${BUILD_MS / 1000}`,
};
// What all functions need is compiled once.
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../node_modules/.cache/fastfn-cargo', import.meta.url));
const NEIGHBOUR = { 'ok.js': 'export const handler = () => "fine";' };

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly debug?: { readonly file?: string; readonly line?: number; readonly message?: string };
}

async function failureAt(app: TestServer, path: string): Promise<Failure> {
  const response = await app.fetch(path);
  const text = await response.text();
  expect(response.headers.get('content-type') ?? 'none', `${path}: ${response.status} ${text}`).toMatch(
    /^application\/json/,
  );
  return { status: response.status, ...JSON.parse(text) };
}

/** No Node handlers here: their tool is what is missing. */
const LUA_NEIGHBOUR = { 'ok.lua': 'return function() return "fine" end' };

/** A program that prints this, whatever it is asked, and a compiler of the same age beside it. */
function fakeTool(prints: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-tool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of [
    ['tool', prints],
    ['rustc', prints.replace('cargo', 'rustc')],
  ]) {
    writeFileSync(join(folder, name!), `#!/bin/sh\nprintf '%s' '${text}'\n`);
    chmodSync(join(folder, name!), 0o755);
  }
  return join(folder, 'tool');
}

describe('a tool', () => {
  it.each([
    ['js', 'FN_NODE_BIN', /node/i, /nodejs\.org/],
    ['ts', 'FN_NODE_BIN', /node/i, /nodejs\.org/],
    ['py', 'FN_PYTHON_BIN', /python/i, /apt install python3/],
    ['php', 'FN_PHP_BIN', /php/i, /apt install php-cli/],
    ['go', 'FN_GO_BIN', /go/i, /go\.dev|apt install golang/],
    ['rs', 'FN_CARGO_BIN', /cargo|rust/i, /rustup/],
  ])('that is missing: 503 says how to install it (%s)', async (extension, variable, tool, install) => {
    const app = await useServer({
      files: { [`f/handler.${extension}`]: '', ...LUA_NEIGHBOUR },
      env: { [variable]: '/nowhere/tool' },
    });
    const { status, code, error } = await failureAt(app, '/f');
    expect({ status, code }).toEqual({ status: 503, code: 'runtime_unavailable' });
    expect(error).toMatch(tool);
    expect(error).toMatch(install);
    expect(await (await app.fetch('/ok')).text()).toBe('fine');
  });

  it.each([
    ['js', 'FN_NODE_BIN', 'v18.20.4', /Node 18\.20\.4; FastFN needs Node 20/],
    ['py', 'FN_PYTHON_BIN', '3 8 2 /usr/bin/python3.8', /Python 3\.8\.2; FastFN needs 3\.9/],
    ['php', 'FN_PHP_BIN', '7.4.33|cli|/usr/bin/php|', /PHP 7\.4\.33; FastFN needs 8\.1/],
    ['go', 'FN_GO_BIN', 'go version go1.12.1 linux/amd64', /Go 1\.12\.1; FastFN needs 1\.19/],
    ['rs', 'FN_CARGO_BIN', 'cargo 1.40.0 (bc8e4c8be 2019-11-22)', /Rust 1\.40\.0; FastFN needs 1\.63/],
  ])('that is too old: 503 says which version is needed (%s)', async (extension, variable, prints, says) => {
    const app = await useServer({ files: { [`f/handler.${extension}`]: '' }, env: { [variable]: fakeTool(prints) } });
    const { status, code, error } = await failureAt(app, '/f');
    expect({ status, code }).toEqual({ status: 503, code: 'runtime_unavailable' });
    expect(error).toMatch(says);
  });
});

interface Mistake {
  readonly title: string;
  readonly file: string;
  readonly source: string;
  readonly code: 'build_failed' | 'handler_error';
  readonly says: RegExp;
  /** In the user's file. */
  readonly line?: number;
}

const GO = 'package main\n\n';

const MISTAKES: readonly Mistake[] = [
  {
    title: 'Node: a handler that is no function',
    file: 'handler.js',
    source: 'export const handler = 7;\n',
    code: 'handler_error',
    says: /handler/,
  },
  {
    title: 'TypeScript: bad syntax',
    file: 'handler.ts',
    source: '\nexport const handler = (): = 1;\n',
    code: 'handler_error',
    says: /handler\.ts|Unexpected|Expected/,
    line: 2,
  },
  {
    title: 'Python: bad syntax',
    file: 'handler.py',
    source: 'def handler(event:\n    return 1\n',
    code: 'handler_error',
    says: /SyntaxError|never closed/,
    line: 1,
  },
  {
    title: 'Python: no handler',
    file: 'handler.py',
    source: 'def other(event):\n    return 1\n',
    code: 'handler_error',
    says: /handler/,
  },
  {
    title: 'Python: parameters that nobody fills',
    file: 'handler.py',
    source: 'def handler(event, params, more, still_more):\n    return 1\n',
    code: 'handler_error',
    says: /more/,
  },
  {
    title: 'PHP: bad syntax',
    file: 'handler.php',
    source: '<?php\nfunction handler( {',
    code: 'handler_error',
    says: /unexpected token/,
    line: 2,
  },
  {
    title: 'PHP: a function that is not there',
    file: 'handler.php',
    source: '<?php\nfunction handler($event) { return nowhere(); }',
    code: 'handler_error',
    says: /undefined function nowhere/,
    line: 2,
  },
  {
    title: 'PHP: more parameters than anybody fills',
    file: 'handler.php',
    source: '<?php\nfunction handler($event, $params, $more) {}',
    code: 'handler_error',
    says: /ArgumentCountError|Too few arguments/,
  },
  {
    title: 'Lua: bad syntax',
    file: 'handler.lua',
    source: 'return function(event)\n  return (\nend',
    code: 'handler_error',
    says: /unexpected symbol/,
    line: 3,
  },
  { title: 'Lua: no function', file: 'handler.lua', source: 'return 7', code: 'handler_error', says: /handler/ },
  {
    title: 'Lua: a module that is not there',
    file: 'handler.lua',
    source: 'local m = require("_nowhere")\nreturn function() return m end',
    code: 'handler_error',
    says: /_nowhere/,
    line: 1,
  },
  {
    title: 'Go: a type that does not fit',
    file: 'handler.go',
    source: `${GO}func handler(event map[string]any) any {\n\tvar n int = "x"\n\treturn n\n}\n`,
    code: 'build_failed',
    says: /cannot use "x"/,
    line: 4,
  },
  {
    title: 'Go: no handler',
    file: 'handler.go',
    source: `${GO}func other() {}\n`,
    code: 'build_failed',
    says: /has no function "handler"/,
  },
  {
    title: 'Go: a parameter that nobody can fill',
    file: 'handler.go',
    source: `${GO}func handler(n int) any { return n }\n`,
    code: 'handler_error',
    says: /parameter 1 cannot be a int/,
  },
  {
    title: 'Rust: a type that does not fit',
    file: 'handler.rs',
    source: 'use serde_json::Value;\npub fn handler(_: Value) -> Value {\n    let n: u8 = "x";\n    n.into()\n}\n',
    code: 'build_failed',
    says: /mismatched types/,
    line: 3,
  },
  {
    title: 'Rust: no handler',
    file: 'handler.rs',
    source: 'pub fn other() {}\n',
    code: 'build_failed',
    says: /no function `handler`/,
  },
  {
    title: 'Rust: a handler that is private',
    file: 'handler.rs',
    source: '\nfn handler() {}\n',
    code: 'build_failed',
    says: /make it `pub fn handler`/,
    line: 2,
  },
  {
    title: 'Rust: a parameter that nobody can fill',
    file: 'handler.rs',
    source: 'pub fn handler(_: u8) {}\n',
    code: 'build_failed',
    says: /signature of `handler`/,
    line: 1,
  },
];

/** A PHP file without a handler is none: it is a script. One server for all: they are built side by side, and none may hurt another. */
describe('a mistake', () => {
  it('is told with file and line, and mended by an edit', { timeout: BUILD_MS }, async () => {
    const files: Record<string, string> = { ...NEIGHBOUR };
    for (const [i, { file, source }] of MISTAKES.entries()) files[`m${i}/${file}`] = source;
    const app = await useServer({ files, env: PATIENT });
    for (const [i, { title, file, code, says, line }] of MISTAKES.entries()) {
      const failure = await failureAt(app, `/m${i}`);
      expect({ title, status: failure.status, code: failure.code }, JSON.stringify(failure)).toEqual({
        title,
        status: 500,
        code,
      });
      expect(`${failure.error} ${failure.debug?.message ?? ''}`, title).toMatch(says);
      if (line !== undefined) expect(failure.debug, title).toMatchObject({ file: join(app.root, `m${i}`, file), line });
    }
    expect(await (await app.fetch('/ok')).text()).toBe('fine');
    const mended: Record<string, string> = {
      js: 'export const handler = () => "mended";',
      ts: 'export const handler = (): string => "mended";',
      py: 'def handler(event):\n    return "mended"\n',
      php: '<?php\nfunction handler($event) { return "mended"; }',
      lua: 'return function() return "mended" end',
      go: `${GO}func handler() any { return "mended" }\n`,
      rs: 'pub fn handler() -> &\'static str { "mended" }\n',
    };
    const firsts = Object.keys(mended).map((extension) =>
      MISTAKES.findIndex(({ file }) => file.endsWith(`.${extension}`)),
    );
    for (const i of firsts) app.write(`m${i}/${MISTAKES[i]!.file}`, mended[MISTAKES[i]!.file.split('.')[1]!]!);
    for (const i of firsts) {
      await eventually(async () => (await (await app.fetch(`/m${i}`)).text()) === 'mended', BUILD_MS);
    }
  });
});

const HOGS: readonly [file: string, source: string][] = [
  [
    'handler.js',
    'const all = []; export const handler = async ({ query }) => { if (query.small) return "small"; for (;;) { all.push(Buffer.alloc(1 << 20, 1)); await new Promise((r) => setTimeout(r, 1)); } };',
  ],
  [
    'handler.py',
    'import time\nkept = []\ndef handler(event):\n    if event["query"].get("small"):\n        return "small"\n    while True:\n        kept.append(b"x" * (1 << 20))\n        time.sleep(0.001)\n',
  ],
  [
    'handler.php',
    '<?php function handler($event) { ini_set("memory_limit", "-1"); if (isset($event["query"]["small"])) return "small"; $all = []; while (true) $all[] = str_repeat("x", 1 << 20); }',
  ],
  [
    'handler.lua',
    'return function(event) if event.query.small then return "small" end local all = {} while true do all[#all + 1] = ("x"):rep(1048576) .. #all end end',
  ],
  [
    'handler.go',
    `${GO}import "time"\n\nvar all [][]byte\n\nfunc handler(event map[string]any) any {\n\tif event["query"].(map[string]any)["small"] != nil {\n\t\treturn "small"\n\t}\n\tfor {\n\t\tpiece := make([]byte, 1<<20)\n\t\tfor i := range piece {\n\t\t\tpiece[i] = 1\n\t\t}\n\t\tall = append(all, piece)\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}\n`,
  ],
  [
    'handler.rs',
    'pub fn handler(event: fastfn::Event) -> &\'static str {\n    if event["query"]["small"].is_string() {\n        return "small";\n    }\n    let mut all = Vec::new();\n    loop {\n        all.push(vec![1u8; 1 << 20]);\n        std::thread::sleep(std::time::Duration::from_millis(1));\n    }\n}\n',
  ],
];

describe('memory', () => {
  it.each(HOGS)(
    'beyond memory_mb ends the worker, and the next call has a new one (%s)',
    { timeout: BUILD_MS },
    async (file, source) => {
      const app = await useServer({
        files: { [`hog/${file}`]: source, 'hog/fn.config.json': { memory_mb: 96 }, ...NEIGHBOUR },
        env: PATIENT,
      });
      expect(await (await app.fetch('/hog?small=1')).text()).toBe('small');
      const { status, code } = await failureAt(app, '/hog');
      expect({ status, code }).toEqual({ status: 502, code: 'memory_limit' });
      await eventually(async () => (await (await app.fetch('/hog?small=1')).text()) === 'small');
      expect(await (await app.fetch('/ok')).text()).toBe('fine');
    },
  );
});

describe('a build', () => {
  const SOURCES: readonly [file: string, source: (text: string) => string][] = [
    ['handler.go', (text) => `${GO}func handler() any { return ${JSON.stringify(text)} }\n`],
    ['handler.rs', (text) => `pub fn handler() -> &'static str { ${JSON.stringify(text)} }\n`],
  ];

  it.each(SOURCES)('by two servers at once is done by both (%s)', { timeout: BUILD_MS }, async (file, source) => {
    const text = `built ${Math.random()}`;
    const one = await useServer({ files: { [`twice/${file}`]: source(text) }, env: PATIENT });
    const two = await useServer({ root: one.root, env: PATIENT });
    const answers = await Promise.all([one, two].map(async (app) => (await app.fetch('/twice')).text()));
    expect(answers).toEqual([text, text]);
  });

  it.each(SOURCES)(
    'whose function is deleted meanwhile is given up (%s)',
    { timeout: BUILD_MS },
    async (file, source) => {
      const app = await useServer({ files: { ...NEIGHBOUR }, env: PATIENT });
      app.write(`gone/${file}`, source(`gone ${Math.random()}`));
      await eventually(() => app.server.snapshot()?.functions.size === 2);
      app.remove(`gone/${file}`);
      await eventually(() => app.server.snapshot()?.functions.size === 1);
      expect((await app.fetch('/gone')).status).toBe(404);
      app.write(`back/${file}`, source('back'));
      await eventually(async () => (await (await app.fetch('/back')).text()) === 'back', BUILD_MS);
    },
  );
});
