import { describe, expect, it } from 'vitest';
import { isPrivateName, parseFileName, runtimeOf } from './file-name.js';
import { isProblem, patternsOf } from './segment.js';

/** `POST /users/:id node explicit`, `! code`, or `-` for what is no public handler. */
function told(file: string): string {
  const name = parseFileName(file);
  if (name === null) return '-';
  if (isProblem(name)) return `! ${name.problem}`;
  const patterns = patternsOf(name.segments);
  const path = isProblem(patterns) ? `! ${patterns.problem}` : patterns.join(' ');
  return `${name.method ?? '*'} ${path} ${name.runtime}${name.explicit ? ' explicit' : ''}`;
}

it.each([
  ['hello.js', '* /hello node'],
  ['index.js', '* / node explicit'],
  ['Index.js', '* / node explicit'],
  ['handler.py', '* / python explicit'],
  ['main.go', '* / go explicit'],
  ['index.index.js', '* / node'],
  ['users.index.js', '* /users node'],
  ['[id].js', '* /:id node explicit'],
  ['[userId].ts', '* /:userId node explicit'],
  ['[id_2].ts', '* /:id_2 node explicit'],
  ['[...slug].py', '* /:slug* python explicit'],
  ['[[...opt]].py', '* / /:opt* python explicit'],
  ['docs.[[...opt]].py', '* /docs /docs/:opt* python explicit'],
  ['get.js', 'GET / node explicit'],
  ['GET.js', 'GET / node explicit'],
  ['Post.users.[id].py', 'POST /users/:id python explicit'],
  ['put.php', 'PUT / php explicit'],
  ['patch.lua', 'PATCH / lua explicit'],
  ['delete.rs', 'DELETE / rust explicit'],
  ['head.mjs', 'HEAD / node explicit'],
  ['options.cjs', 'OPTIONS / node explicit'],
  ['get.index.mts', 'GET / node explicit'],
  ['get.form.cts', 'GET /form node explicit'],
  ['users.get.js', '* /users/get node'],
  ['getter.js', '* /getter node'],
  ['get-all.js', '* /get-all node'],
  ['My File.js', '* /my-file node'],
  ['a__b-c.js', '* /a__b-c node'],
  ['-x-.js', '* /x node'],
  ['café.js', '* /caf node'],
  ['a..b.js', '* /a/b node'],
  ['a.[...all].b.js', '* ! catch_all_not_last node explicit'],
  ['[id].[id].js', '* ! duplicate_parameter node explicit'],
  ['[id].items.[itemId].js', '* /:id/items/:itemId node explicit'],
  ['get.post.items.js', '! ambiguous_method'],
  ['items.get.POST.js', '! ambiguous_method'],
  ['get.items.head.js', '! ambiguous_method'],
  ['日本.js', '! empty_name'],
  ['users.日本.js', '! empty_name'],
  ['---.js', '! empty_name'],
  ['[].js', '! invalid_parameter'],
  ['[id.js', '! invalid_parameter'],
  ['id].js', '! invalid_parameter'],
  ['[a-b].js', '! invalid_parameter'],
  ['[[id]].js', '! invalid_parameter'],
  ['[...].js', '! invalid_parameter'],
  ['[[...x].js', '! invalid_parameter'],
  ['pre[id].js', '! invalid_parameter'],
  ['_private.py', '-'],
  ['thing.test.js', '-'],
  ['thing.spec.ts', '-'],
  ['get.thing.test.js', '-'],
  ['.hidden.js', '-'],
  ['.js', '-'],
  ['types.d.ts', '-'],
  ['types.d.mts', '-'],
  ['types.d.cts', '-'],
  ['readme.md', '-'],
  ['hello.JS', '-'],
  ['noextension', '-'],
  ['test.js', '* /test node'],
  ['spec.py', '* /spec python'],
  ['contest.js', '* /contest node'],
])('%s → %s', (file, expected) => {
  expect(told(file)).toBe(expected);
});

describe('runtimeOf', () => {
  it.each([
    ['x.js', 'node'],
    ['x.mjs', 'node'],
    ['x.cjs', 'node'],
    ['x.ts', 'node'],
    ['x.mts', 'node'],
    ['x.cts', 'node'],
    ['x.py', 'python'],
    ['x.php', 'php'],
    ['x.lua', 'lua'],
    ['x.rs', 'rust'],
    ['x.go', 'go'],
    ['x.rb', null],
    ['x.constructor', null],
    ['x.d.ts', null],
  ])('%s → %s', (file, runtime) => {
    expect(runtimeOf(file)).toBe(runtime);
  });
});

it('knows private names', () => {
  const names = ['_a.js', '.a.js', 'a.test.js', 'a.spec.py', 'a_test.go', 'a_test.py', 'test.go'];
  expect(names.filter(isPrivateName)).toEqual(['_a.js', '.a.js', 'a.test.js', 'a.spec.py', 'a_test.go']);
  expect(['a_.js', 'test.js', 'a.tests.js'].map(isPrivateName)).toEqual([false, false, false]);
});
