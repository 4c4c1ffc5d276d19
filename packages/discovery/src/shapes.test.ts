import { describe, expect, it } from 'vitest';
import { complaints, discoverTree, type Files, routes, tree } from '../test/fixture.js';

interface Case {
  readonly title: string;
  readonly files: Files;
  readonly routes: readonly string[];
  readonly complaints?: readonly string[];
  /** Name of the root folder. */
  readonly root?: string;
}

const EVERY = 'GET,POST,PUT,PATCH,DELETE,OPTIONS';

const adapters: Case[] = [
  {
    title: 'an adapter gives an application its folder and all below, with every method',
    files: { 'api/fn.config.json': { invoke: { adapter: 'asgi' } }, 'api/main.py': '' },
    routes: [`${EVERY} /api → api`, `${EVERY} /api/* → api`],
  },
  {
    title: 'methods that are named stand',
    files: { 'api/fn.config.json': { invoke: { adapter: 'fetch', methods: ['GET'] } }, 'api/index.js': '' },
    routes: ['GET /api → api', 'GET /api/* → api'],
  },
  {
    title: 'files of a tree keep their URLs; methods in names stand',
    files: {
      'edge/fn.config.json': { invoke: { adapter: 'fetch' } },
      'edge/a.js': '',
      'edge/get.b.js': '',
    },
    routes: ['GET /edge/b → edge/get.b.js', `${EVERY} /edge/a → edge/a.js`],
  },
  {
    title: 'served by itself, an application has all URLs',
    files: { 'fn.config.json': { invoke: { adapter: 'wsgi' } }, 'main.py': '' },
    root: 'shop',
    routes: [`${EVERY} / → shop`, `${EVERY} /* → shop`, `${EVERY} /shop → shop`, `${EVERY} /shop/* → shop`],
  },
];

const single: Case[] = [
  {
    title: 'one handler makes a function named by its folder',
    files: { 'alice/hello/handler.py': '' },
    routes: ['GET /alice/hello → alice/hello'],
  },
  {
    title: 'folder names are lower-cased in URLs and kept in names',
    files: { 'Hello/handler.js': '' },
    routes: ['GET /hello → Hello'],
  },
  {
    title: 'an overlay sets the methods of a function',
    files: { 'a/fn.config.json': { invoke: { methods: ['POST', 'PUT'] } }, 'a/handler.js': '' },
    routes: ['POST,PUT /a → a'],
  },
  {
    title: 'inside one runtime: handler, index, main',
    files: { 'a/main.js': '', 'a/index.ts': '', 'b/handler.ts': '', 'b/handler.js': '' },
    routes: ['GET /a → a', 'GET /b → b'],
    complaints: ['several_entries a/main.js', 'several_entries b/handler.ts'],
  },
  {
    title: 'an index beside another entry stands for the same folder: no route',
    files: { 'a/handler.js': '', 'a/index.py': '' },
    routes: ['GET /a → a'],
  },
  {
    title: 'index.py is no default entry: a folder with it alone is a file tree',
    files: { 'a/index.py': '', 'a/list.py': '' },
    routes: ['GET /a → a/index.py', 'GET /a/list → a/list.py'],
  },
  {
    title: 'an entry in brackets',
    files: { 'users/[id]/handler.js': '' },
    routes: ['GET /users/:id → users/[id]'],
  },
  {
    title: 'an optional catch-all folder',
    files: { 'shop/[[...opt]]/index.js': '' },
    routes: ['GET /shop → shop/[[...opt]]', 'GET /shop/:opt* → shop/[[...opt]]'],
  },
  {
    title: 'an entrypoint in src, which is not scanned otherwise',
    files: { 'a/fn.config.json': { entrypoint: 'src/app.py' }, 'a/src/app.py': '', 'a/src/handler.py': '' },
    routes: ['GET /a → a', 'GET /a/* → a'],
  },
  {
    title: 'an entrypoint in a scanned folder is no second function',
    files: { 'a/fn.config.json': { entrypoint: 'app/main.py' }, 'a/app/main.py': '', 'a/app/util.py': '' },
    routes: ['GET /a → a', 'GET /a/* → a'],
  },
  {
    title: 'a missing entrypoint falls back to the default entry',
    files: { 'a/fn.config.json': { entrypoint: 'nope.py' }, 'a/handler.py': '' },
    routes: ['GET /a → a', 'GET /a/* → a'],
    complaints: ['entrypoint_missing a/fn.config.json'],
  },
  {
    title: 'an entrypoint outside',
    files: { 'a/fn.config.json': { entrypoint: '../b/get.js' }, 'a/handler.py': '', 'b/get.js': '' },
    routes: ['GET /a → a', 'GET /a/* → a', 'GET /b → b/get.js'],
    complaints: ['entrypoint_outside a/fn.config.json'],
  },
  {
    title: 'an entrypoint that no runtime runs',
    files: { 'a/fn.config.json': { entrypoint: 'x.rb' }, 'a/x.rb': '' },
    routes: [],
    complaints: ['no_handler a/fn.config.json', 'unknown_extension a/fn.config.json'],
  },
  {
    title: 'a config with a runtime chooses among the entries, without complaint',
    files: { 'a/fn.config.json': { runtime: 'python' }, 'a/handler.py': '', 'a/handler.js': '' },
    routes: ['GET /a → a', 'GET /a/* → a'],
  },
  {
    title: 'runtime and entrypoint that disagree',
    files: { 'a/fn.config.json': { runtime: 'python', entrypoint: 'x.js' }, 'a/x.js': '' },
    routes: ['GET /a → a', 'GET /a/* → a'],
    complaints: ['runtime_mismatch a/fn.config.json'],
  },
  {
    title: 'a config without a handler makes no route',
    files: { 'a/fn.config.json': { name: 'x' }, 'b/fn.config.json': { timeoutMs: 1 } },
    routes: [],
    complaints: ['no_handler a/fn.config.json'],
  },
];

const explicit: Case[] = [
  {
    title: 'a name is the URL, with a tail',
    files: { 'folder/fn.config.json': { name: 'team/hello' }, 'folder/handler.js': '' },
    routes: ['GET /team/hello → team/hello', 'GET /team/hello/* → team/hello'],
  },
  {
    title: 'a name that can be no name',
    files: { 'folder/fn.config.json': { name: '../x y' }, 'folder/handler.js': '' },
    routes: ['GET /folder → folder', 'GET /folder/* → folder'],
    complaints: ['invalid_name folder/fn.config.json'],
  },
  {
    title: 'invoke.routes adds to the default URLs',
    files: {
      'my-profile/fn.config.json': {
        invoke: { methods: ['GET'], routes: ['/api/profile', '/public/whoami/', '/x/*'] },
      },
      'my-profile/handler.py': '',
    },
    routes: [
      'GET /api/profile → my-profile',
      'GET /my-profile → my-profile',
      'GET /my-profile/* → my-profile',
      'GET /public/whoami → my-profile',
      'GET /x/* → my-profile',
    ],
  },
  {
    title: 'default_route: false hides the default ones',
    files: { 'a/fn.config.json': { invoke: { routes: ['/b'], defaultRoute: false } }, 'a/handler.js': '' },
    routes: ['GET /b → a'],
  },
  {
    title: 'bad routes are refused one by one',
    files: {
      'a/fn.config.json': {
        invoke: { routes: ['/_fn/x', '/console', 'relative', '/a/../b', '/ok', '/{id}', '/:a/:a', '/*/x', ''] },
      },
      'a/handler.js': '',
    },
    routes: ['GET /a → a', 'GET /a/* → a', 'GET /ok → a'],
    complaints: [
      ...Array.from({ length: 6 }, () => 'invalid_route a/fn.config.json'),
      ...Array.from({ length: 2 }, () => 'reserved_route a/fn.config.json'),
    ],
  },
  {
    title: 'two functions of one name keep both claims; the second is known by its file',
    files: {
      'a/fn.config.json': { name: 'x' },
      'a/handler.js': '',
      'b/fn.config.json': { name: 'x' },
      'b/handler.js': '',
    },
    routes: ['GET /x → b/handler.js', 'GET /x → x', 'GET /x/* → b/handler.js', 'GET /x/* → x'],
    complaints: ['duplicate_name b/handler.js'],
  },
  {
    title: 'the same name in two runtimes is fine',
    files: {
      'a/fn.config.json': { name: 'x' },
      'a/handler.js': '',
      'b/fn.config.json': { name: 'x' },
      'b/handler.py': '',
    },
    routes: ['GET /x → x', 'GET /x → x', 'GET /x/* → x', 'GET /x/* → x'],
  },
];

const mixed: Case[] = [
  {
    title: 'dynamic, method and index files are routes in and below a function',
    files: {
      'users/index.js': '',
      'users/[id].js': '',
      'users/post.js': '',
      'users/list.js': '',
      'users/sub/core.js': '',
      'users/sub/get.health.js': '',
      'users/sub/[...rest].js': '',
      'users/sub/deep/index.py': '',
    },
    routes: [
      'GET /users → users',
      'GET /users/:id → users/[id].js',
      'GET /users/sub/:rest* → users/sub/[...rest].js',
      'GET /users/sub/deep → users/sub/deep/index.py',
      'GET /users/sub/health → users/sub/get.health.js',
      'POST /users → users/post.js',
    ],
  },
  {
    title: 'a private module with a strange name is nobody’s mistake',
    files: { 'a/handler.js': '', 'a/日本.js': '', 'a/get.post.js': '' },
    routes: ['GET /a → a'],
    complaints: ['ambiguous_method a/get.post.js'],
  },
];

const versions: Case[] = [
  {
    title: 'a version beside its function',
    files: {
      'hello/handler.js': '',
      'hello/v2/handler.js': '',
      'hello/2/handler.py': '',
      'hello/v1.2-beta/main.js': '',
    },
    routes: [
      'GET /hello → hello',
      'GET /hello@2 → hello@2',
      'GET /hello@v1.2-beta → hello@v1.2-beta',
      'GET /hello@v2 → hello@v2',
    ],
  },
  {
    title: 'namespaced',
    files: { 'alice/hello/handler.js': '', 'alice/hello/v2/handler.js': '' },
    routes: ['GET /alice/hello → alice/hello', 'GET /alice/hello@v2 → alice/hello@v2'],
  },
  {
    title: 'of a named function',
    files: { 'a/fn.config.json': { name: 'x/y' }, 'a/handler.js': '', 'a/v2/handler.js': '' },
    routes: ['GET /x/y → x/y', 'GET /x/y/* → x/y', 'GET /x/y@v2 → x/y@v2'],
  },
  {
    title: 'without an entry of its own it is a plain folder',
    files: { 'hello/handler.js': '', 'hello/v2/get.js': '', 'hello/v3/lib.js': '' },
    routes: ['GET /hello → hello', 'GET /hello/v2 → hello/v2/get.js'],
  },
  {
    title: 'in a file tree the folder is a plain path, and /api@v1 answers as well',
    files: { 'api/v1/get.js': '', 'api/v1/users.js': '', 'api/v2/handler.py': '' },
    routes: [
      'GET /api/v1 → api/v1/get.js',
      'GET /api/v1/users → api/v1/users.js',
      'GET /api/v2 → api/v2',
      'GET /api@v1 → api/v1/get.js',
      'GET /api@v2 → api/v2',
    ],
  },
  {
    title: 'walkthrough G: the default is gone, the version lives',
    files: { 'hello/v2/handler.js': '' },
    routes: ['GET /hello/v2 → hello/v2', 'GET /hello@v2 → hello/v2'],
  },
  {
    title: 'at the root there is nothing to be a version of',
    files: { 'v1/get.js': '' },
    routes: ['GET /v1 → v1/get.js'],
  },
  {
    title: 'of a function in brackets: by name only',
    files: { 'users/[id]/handler.js': '', 'users/[id]/v2/handler.js': '' },
    routes: ['GET /users/:id → users/[id]'],
    complaints: ['version_without_url users/[id]/v2'],
  },
  {
    title: 'a version cannot name itself',
    files: { 'a/handler.js': '', 'a/v2/handler.js': '', 'a/v2/fn.config.json': { name: 'b' } },
    routes: ['GET /a → a', 'GET /a@v2 → a@v2'],
    complaints: ['config_identity_ignored a/v2/fn.config.json'],
  },
  {
    title: 'the entrypoint of the function serves the version where it exists',
    files: {
      'a/fn.config.json': { entrypoint: 'app.js' },
      'a/app.js': '',
      'a/v2/app.js': '',
      'a/v3/handler.js': '',
    },
    routes: ['GET /a → a', 'GET /a/* → a', 'GET /a@v2 → a@v2', 'GET /a@v3 → a@v3'],
  },
];

const grouped: Case[] = [
  {
    title: 'functions by runtime, with namespaces and tails',
    files: { 'node/hello/handler.js': '', 'python/a/b/c/handler.py': '' },
    routes: ['GET /a/b/c → a/b/c', 'GET /a/b/c/* → a/b/c', 'GET /hello → hello', 'GET /hello/* → hello'],
  },
  {
    title: 'too many names',
    files: { 'node/a/b/c/d/handler.js': '' },
    routes: [],
    complaints: ['namespace_too_deep node/a/b/c/d'],
  },
  {
    title: 'only @version exists',
    files: { 'node/hello/handler.js': '', 'node/hello/v2/handler.js': '', 'node/api/v1/handler.js': '' },
    routes: ['GET /api@v1 → api@v1', 'GET /hello → hello', 'GET /hello/* → hello', 'GET /hello@v2 → hello@v2'],
  },
  {
    title: 'a runtime-named folder with file routes is an ordinary prefix',
    files: { 'php/get.export.php': '', 'php/tools/handler.php': '' },
    routes: ['GET /php/export → php/get.export.php', 'GET /php/tools → php/tools'],
  },
  {
    title: 'a runtime-named folder with a handler is an ordinary function',
    files: { 'go/handler.go': '' },
    routes: ['GET /go → go'],
  },
  {
    title: 'file routes further below keep the prefix',
    files: { 'node/stats/get.daily.js': '', 'node/hello/handler.js': '' },
    routes: ['GET /hello → hello', 'GET /hello/* → hello', 'GET /node/stats/daily → node/stats/get.daily.js'],
  },
  {
    title: 'a handler of another language is no member of the group',
    files: { 'node/x/handler.py': '' },
    routes: ['GET /node/x → node/x'],
  },
  {
    title: 'the group decides between two languages',
    files: { 'python/x/handler.py': '', 'python/x/handler.js': '' },
    routes: ['GET /x → x', 'GET /x/* → x'],
  },
  {
    title: 'a name of its own',
    files: { 'node/x/handler.js': '', 'node/x/fn.config.json': { name: 'y' } },
    routes: ['GET /y → y', 'GET /y/* → y'],
  },
  {
    title: 'explicit files of a grouped function live below its URL',
    files: { 'node/users/index.js': '', 'node/users/[id].js': '' },
    routes: ['GET /users → users', 'GET /users/* → users', 'GET /users/:id → node/users/[id].js'],
  },
  {
    title: 'only at the top',
    files: { 'apps/node/hello/handler.js': '' },
    routes: ['GET /apps/node/hello → apps/node/hello'],
  },
];

const roots: Case[] = [
  {
    title: 'a root index is the front page of a tree',
    files: { 'index.js': '', 'hello.js': '', 'users/list.js': '' },
    routes: ['GET / → index.js', 'GET /hello → hello.js', 'GET /users/list → users/list.js'],
  },
  {
    title: 'two root indexes: one wins',
    files: { 'index.js': '', 'index.php': '', 'hello.js': '' },
    routes: ['GET / → index.js', 'GET /hello → hello.js'],
    complaints: ['several_entries index.php'],
  },
  {
    title: 'serving a leaf folder',
    root: 'hello',
    files: { 'handler.py': '', 'v2/handler.py': '' },
    routes: ['GET / → hello', 'GET /hello → hello', 'GET /hello@v2 → hello@v2'],
  },
  {
    title: 'serving a leaf folder with an index',
    root: 'hello',
    files: { 'index.js': '', '_lib.js': '', 'data.json': '' },
    routes: ['GET / → hello', 'GET /hello → hello'],
  },
  {
    title: 'serving a leaf folder with modules',
    root: 'hello',
    files: { 'handler.js': '', 'lib.js': '', 'get.health.js': '' },
    routes: ['GET / → hello', 'GET /health → get.health.js', 'GET /hello → hello'],
    complaints: ['root_is_function handler.js'],
  },
  {
    title: 'serving what init made',
    root: 'hello',
    files: { 'fn.config.json': { runtime: 'node', name: 'hello', entrypoint: 'handler.js' }, 'handler.js': '' },
    routes: ['GET / → hello', 'GET /hello → hello', 'GET /hello/* → hello'],
  },
  {
    title: 'a leaf folder whose name cannot be a URL',
    root: 'my api',
    files: { 'handler.js': '' },
    routes: ['GET / → my api'],
  },
];

describe.each([
  ['single-entry folders', single],
  ['adapters', adapters],
  ['explicit configs', explicit],
  ['mixed subtrees', mixed],
  ['versions', versions],
  ['runtime-grouped layout', grouped],
  ['the root', roots],
])('%s', (_, cases) => {
  it.each(cases)('$title', ({ files, root, ...expected }) => {
    const manifest = discoverTree(tree(files, root));
    expect(routes(manifest)).toEqual(expected.routes);
    expect(complaints(manifest)).toEqual(expected.complaints ?? []);
  });
});

describe('private files', () => {
  it('keep their URLs from being anybody else’s', () => {
    const manifest = discoverTree(
      tree({
        '_root.js': '',
        'users/_shared.js': '',
        'users/[id].js': '',
        'users/_notes.txt': '',
        'users/[id]/_below.js': '',
        'users/x.test.js': '',
      }),
    );
    expect([...manifest.privatePaths!].sort()).toEqual(['/_root', '/users/_shared']);
  });
});
