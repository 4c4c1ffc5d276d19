import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler, start } = useBench();

test('the doors are not there', async () => {
  const worker = await handler(EVALUATES);
  const names = [
    'os.execute',
    'os.exit',
    'os.setlocale',
    'io.popen',
    'io.tmpfile',
    'dofile',
    'loadfile',
    'string.dump',
    'debug.sethook',
    'debug.getregistry',
    'debug.getupvalue',
    'package.loadlib',
    'package.cpath',
    'package.searchers',
  ];
  for (const name of names) expect((await worker.call({ body: `return tostring(${name})` })).text, name).toBe('nil');
  const { text } = await worker.call({
    body: `return tostring(load(string.char(27) .. "Lua")) .. tostring(package.loaded.debug == debug) .. tostring(require("io") == io)`,
  });
  expect(text).toBe('niltruetrue');
});

test('the environment is that of the function', async () => {
  const worker = await handler(EVALUATES, { env: { A: '1', PATH: '/mine' }, process_env: { TMPDIR: '/t' } });
  const { text } = await worker.call({
    body: 'return { os.getenv("A"), os.getenv("PATH"), os.getenv("TMPDIR"), os.getenv("HOME") == nil, os.getenv("constructor") == nil }',
  });
  expect(JSON.parse(text)).toEqual(['1', '/mine', '/t', true, true]);
});

test('files of the own folder can be read and written like anywhere', async () => {
  const worker = await start({ files: { 'fn/handler.lua': EVALUATES, 'fn/data.txt': 'one\ntwo\n\n3.5 0x10 rest' } });
  const cases: [lua: string, result: unknown][] = [
    [
      'local f = io.open("data.txt") return { f:read(), f:read("L"), f:read("l"), f:read("n"), f:read("n"), f:read("a"), f:read("a"), f:read() == nil }',
      ['one', 'two\n', '', 3.5, 16, ' rest', '', true],
    ],
    [
      'local lines = {} for line in io.lines("data.txt") do lines[#lines + 1] = line end return lines',
      ['one', 'two', '', '3.5 0x10 rest'],
    ],
    [
      'local f = io.open("data.txt", "rb") return { f:read(2, 1), f:seek("set", 4), f:read(3), f:seek(), f:seek("end") }',
      ['on', 4, 'two', 7, 22],
    ],
    [
      'local f <close> = io.open("new", "w") return { io.type(f), tostring(f:write("a", 1, 2.5) == f), f:seek("cur"), f:read() == nil }',
      ['file', 'true', 5, true],
    ],
    [
      'local f = io.open("new", "a+") f:write("!") f:seek("set") local all = f:read("a") f:close() return { all, io.type(f), tostring(f) }',
      ['a12.5!', 'closed file', 'file (closed)'],
    ],
    ['local f = io.open("new", "r+") f:write("b") f:seek("set", 0) return { f:read("a") }', ['b12.5!']],
    ['return { os.rename("new", "newer"), os.remove("newer"), os.remove("newer") == nil }', [true, true, true]],
    [
      'local lfs = require("lfs") return { lfs.mkdir("d"), lfs.mkdir("d") == nil, lfs.attributes("d", "mode"), lfs.attributes("data.txt").size, lfs.rmdir("d"), lfs.attributes("d") == nil }',
      [true, true, 'directory', 22, true, true],
    ],
    [
      'local names = {} for name in require("lfs").dir(".") do names[#names + 1] = name end table.sort(names) return names',
      ['.', '..', 'data.txt', 'handler.lua'],
    ],
    [
      'return { select(2, io.open("missing")), select(2, io.open(".")), (select(2, io.open("data.txt"):write("x"))) }',
      ['missing: No such file or directory', '.: Is a directory', 'Bad file descriptor'],
    ],
  ];
  for (const [lua, result] of cases) {
    const { text, error } = await worker.call({ body: lua });
    expect(error, lua).toBeNull();
    expect(JSON.parse(text), lua).toEqual(result);
  }
  expect((await worker.call({ body: 'io.open("data.txt"):read("x")' })).error?.debug?.message).toContain(
    'invalid format',
  );
  expect((await worker.call({ body: 'io.open("data.txt", "q")' })).error?.debug?.message).toContain('invalid mode');
  expect(
    (await worker.call({ body: 'local f = io.open("data.txt") f:close() f:read()' })).error?.debug?.message,
  ).toContain('closed file');
});

test('nothing outside of it, by any way', async () => {
  const worker = await start({
    files: {
      'fn/handler.lua': EVALUATES,
      'fn/fn.config.json': '{}',
      'fn/sub/FN.env.json': '{}',
      'other/secret.txt': 'secret',
    },
  });
  const inside = join(worker.root, 'fn');
  symlinkSync(join(worker.root, 'other'), join(inside, 'folder-link'));
  symlinkSync(join(worker.root, 'other/secret.txt'), join(inside, 'file-link'));
  symlinkSync(join(worker.root, 'other/new.txt'), join(inside, 'dangling'));
  const paths = [
    '../other/secret.txt',
    join(worker.root, 'other/secret.txt'),
    '/etc/passwd',
    '/proc/self/environ',
    'folder-link/secret.txt',
    'file-link',
    'fn.config.json',
    'sub/FN.env.json',
    './sub/../fn.config.json',
    `${inside}-evil/x`,
  ];
  for (const path of paths) {
    const { text } = await worker.call({ body: `return select(2, io.open(${JSON.stringify(path)}))` });
    expect(text, path).toMatch(/Permission denied|No such file/);
  }
  const writes = [
    'io.open("../other/new.txt", "w")',
    'io.open("dangling", "w")',
    'io.open("folder-link/new.txt", "w")',
    'io.open("fn.config.json", "w")',
    'os.remove("../other/secret.txt")',
    'os.rename("handler.lua", "../other/handler.lua")',
    'os.rename("../other/secret.txt", "mine")',
    'require("lfs").mkdir("../made")',
    'io.open("a\\0b", "w")',
  ];
  for (const lua of writes) {
    const { text } = await worker.call({ body: `return select(2, ${lua})` });
    expect(text, lua).toMatch(/Permission denied|Invalid argument/);
  }
  expect((await worker.call({ body: 'return { os.remove("file-link") }' })).text).toBe('[true]');
  expect(readFileSync(join(worker.root, 'other/secret.txt'), 'utf8')).toBe('secret');
  expect(existsSync(join(worker.root, 'other/new.txt'))).toBe(false);
});

test('further folders are allowed as the sandbox says, all when there is none', async () => {
  const source = 'return function(event) return io.open(event.query.path):read("a") end\n';
  const worker = await start({ files: { 'fn/handler.lua': source, 'data/x.txt': 'x' } });
  const path = join(worker.root, 'data/x.txt');
  expect((await worker.call({ query: { path } })).error?.code).toBe('handler_error');

  const shared = `${worker.root}/shared`;
  mkdirSync(shared);
  writeFileSync(join(shared, 'y.txt'), 'y');
  const folder = join(worker.root, 'fn');
  const allowed = await handler(source, {
    sandbox: {
      strict: true,
      read: [shared],
      list: [],
      write: [folder],
      hide: [],
      unhidden: null,
      empty: '',
      unix: false,
      filter: [],
    },
  });
  expect((await allowed.call({ query: { path: join(shared, 'y.txt') } })).text).toBe('y');

  const free = await handler(source, { sandbox: null });
  expect((await free.call({ query: { path } })).text).toBe('x');
});

test('what is hidden, listed, or the process’s own', async () => {
  const worker = await start({
    files: {
      'fn/handler.lua': EVALUATES,
      'fn/v2/handler.lua': 'return "theirs"',
      'fn/sub/x.txt': 'x',
      'other/data.txt': 'theirs',
    },
    spec: (root) => ({
      sandbox: {
        strict: true,
        read: ['/proc/self', '/sys', '/usr/share'],
        list: [root],
        write: [join(root, 'fn'), '/dev/null'],
        hide: [join(root, 'fn/v2')],
        unhidden: null,
        empty: '',
        unix: false,
        filter: [],
      },
    }),
  });
  const refused: string[] = [
    'io.open("v2/handler.lua")',
    'io.open("v2/new.txt", "w")',
    'os.rename("v2", "mine")',
    'os.rename("sub", "v2/sub")',
    'os.remove("v2/handler.lua")',
    'io.open("../other/data.txt")',
    'io.open("/proc/self/environ")',
    'io.open("/proc/self/cmdline")',
    'io.open("/sys/kernel/hostname")',
  ];
  for (const lua of refused) {
    expect((await worker.call({ body: `return select(2, ${lua})` })).text, lua).toMatch(
      /Permission denied|No such file/,
    );
  }
  const names =
    'local names = {} for name in require("lfs").dir("../other") do names[#names + 1] = name end return names';
  expect(JSON.parse((await worker.call({ body: names })).text)).toContain('data.txt');
  expect((await worker.call({ body: 'return io.open("/dev/null", "w") ~= nil' })).text).toBe('true');
});

test('too many open files are refused, and closed ones make room', async () => {
  const worker = await handler(
    `return function()
      local files, message = {}, nil
      repeat
        local file
        file, message = io.open("handler.lua")
        files[#files + 1] = file
      until not file
      for _, file in ipairs(files) do file:close() end
      return { #files, message, io.open("handler.lua") ~= nil }
    end\n`,
  );
  expect(JSON.parse((await worker.call()).text)).toEqual([64, 'handler.lua: Too many open files', true]);
});
