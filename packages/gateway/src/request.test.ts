import { describe, expect, test } from 'vitest';
import { parseQuery, parseTarget } from './request.js';

describe('parseTarget', () => {
  test.each([
    ['/', { rawPath: '/', routePath: '/', path: '/', search: '', authority: null }],
    ['/a?b=c?d', { rawPath: '/a', path: '/a', search: 'b=c?d' }],
    ['/a?', { path: '/a', search: '' }],
    ['//a///b//', { rawPath: '//a///b//', routePath: '/a/b/', path: '/a/b/' }],
    ['/a%20b', { rawPath: '/a%20b', routePath: '/a%20b', path: '/a b' }],
    ['/a%2Fb', { routePath: '/a%2Fb', path: '/a/b' }],
    ['/%2561', { path: '/%61' }],
    ['/%E2%82%AC', { path: '/€' }],
    ['/a#b?c', { path: '/a', search: '' }],
    ['http://host:1/p?q', { path: '/p', search: 'q', authority: 'host:1' }],
    ['HTTPS://host', { path: '/', search: '', authority: 'host' }],
    ['http://host?q', { path: '/', search: 'q', authority: 'host' }],
    ['*', { path: '*' }],
  ])('%s', (url, expected) => {
    expect(parseTarget(url)).toMatchObject(expected);
  });

  test.each(['/%', '/%zz', '/%e2%82', '/%ff', 'ftp://host/', 'host:443', 'http://', ''])('refuses %j', (url) => {
    expect(parseTarget(url)).toBeNull();
  });
});

test.each([
  ['', []],
  ['a=1&b=2', ['a', '1', 'b', '2']],
  ['a=1&a=2', ['a', '1', 'a', '2']],
  ['a', ['a', '']],
  ['a=', ['a', '']],
  ['=b', ['', 'b']],
  ['a=b=c', ['a', 'b=c']],
  ['&&a=1&', ['a', '1']],
  ['a+b=c+d', ['a b', 'c d']],
  ['a%20b=%C3%A9', ['a b', 'é']],
  ['a=%zz&%=1', ['a', '%zz', '%', '1']],
])('parseQuery %j', (search, pairs) => {
  expect(parseQuery(search)).toEqual(pairs);
});
