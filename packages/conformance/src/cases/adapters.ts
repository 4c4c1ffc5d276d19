import { defineCases } from '../case.js';

/** SPEC §8, adapters: handlers written for somewhere else, copied in unchanged. */
export const adapterCases = defineCases('adapters', 'adapter-lambda', [
  {
    id: 'adapters.aws-lambda',
    title: 'an AWS Lambda handler gets an API Gateway v2 event',
    only: ['node', 'typescript', 'python'],
    request: {
      method: 'POST',
      path: '/adapter-lambda?a=1&a=2',
      headers: { cookie: 'x=1; y=2', 'content-type': 'text/plain' },
      body: 'hello',
    },
    expect: {
      status: 201,
      headers: { 'x-from': 'lambda' },
      json: {
        method: 'POST',
        path: '/adapter-lambda',
        query: { a: '1,2' },
        cookies: ['x=1', 'y=2'],
        body: 'hello',
        name: 'adapter-lambda',
        remaining: true,
      },
    },
  },
  {
    id: 'adapters.cloudflare-worker',
    title: 'a Cloudflare Worker gets Request, env and ctx',
    fn: 'adapter-worker',
    only: ['node', 'typescript'],
    request: { path: '/adapter-worker?x=1' },
    expect: { status: 202, json: { method: 'GET', path: '/adapter-worker', greeting: 'hello', waits: 'function' } },
  },
  {
    id: 'adapters.fetch',
    title: 'a bare fetch export answers a Request',
    fn: 'adapter-fetch',
    only: ['node', 'typescript'],
    request: { method: 'POST', path: '/adapter-fetch', body: 'loud' },
    expect: { text: 'LOUD' },
  },
  ...['asgi', 'wsgi'].map((adapter) => ({
    id: `adapters.${adapter}`,
    title: `an app that speaks ${adapter.toUpperCase()} is served`,
    fn: `adapter-${adapter}`,
    only: ['python'],
    request: { path: `/adapter-${adapter}?q=a%20b` },
    expect: {
      status: 202,
      headers: { 'content-type': 'text/plain', 'x-app': adapter },
      // Mounted at its folder: the app's own root may be written with or without a slash.
      text: new RegExp(`^GET /adapter-${adapter}/? q=a(%20|\\+)b$`),
    },
  })),
]);
