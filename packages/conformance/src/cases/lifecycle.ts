import { expect } from 'vitest';
import { defineCases } from '../case.js';

const STATE = 'x-fastfn-function-state';

/** SPEC §5: cold and warm, crashes, debug headers. */
export const lifecycleCases = defineCases('lifecycle', 'warmth', [
  {
    id: 'lifecycle.warmth',
    title: 'the first call is cold and says that it warmed, the next is warm',
    steps: [
      {
        request: { path: '/warmth' },
        expect: { headers: { [STATE]: 'cold', 'x-fastfn-warmed': 'true', 'x-request-id': /\S+/ } },
      },
      { request: { path: '/warmth' }, expect: { headers: { [STATE]: 'warm', 'x-fastfn-warmed': null } } },
    ],
  },
  {
    id: 'lifecycle.crash',
    title: 'a worker that dies answers 502 for its call, and a new one takes the next',
    fn: 'crash',
    async script({ call, check }) {
      const before = await call({ path: '/crash?mode=ok' });
      await check(before, { status: 200 });
      await check(await call({ path: '/crash?mode=exit' }), { status: 502, jsonPart: { code: 'worker_crashed' } });
      const after = await call({ path: '/crash?mode=ok' });
      await check(after, { status: 200, headers: { [STATE]: 'cold' } });
      expect(after.json().pid).not.toBe(before.json().pid);
    },
    skip: { lua: 'Lua runs inside the gateway and cannot end its process' },
  },
  {
    id: 'lifecycle.debug-headers',
    title: 'debug headers come when asked for',
    fn: 'debug',
    steps: ({ runtime }) => [
      {
        request: { path: '/debug' },
        expect: {
          headers: {
            'x-fn-request-id': /\S+/,
            'x-fn-runtime': runtime,
            'x-fn-function': 'debug',
            'x-fn-version': 'default',
            'x-fn-latency-ms': /^\d+(\.\d+)?$/,
            'x-fn-worker-pool-max-workers': '2',
            'x-fn-worker-pool-max-queue': '5',
            'x-fn-runtime-routing': runtime === 'lua' ? 'in_process' : 'single',
            'x-fn-runtime-socket-index': '1',
            'x-fn-stdout': /debug line/,
          },
        },
      },
    ],
  },
  {
    id: 'lifecycle.no-debug-headers',
    title: 'and only then',
    fn: 'neighbour',
    request: { path: '/neighbour' },
    expect: {
      headers: { 'x-fn-runtime': null, 'x-fn-request-id': null, 'x-fn-stdout': null, [STATE]: /^(cold|warm)$/ },
    },
  },
]);

/** SPEC §7: an edit of a handler or of what it imports gives fresh workers. */
export const reloadCases = defineCases('reload', 'reload', [
  {
    id: 'reload.edits',
    title: 'edits of the handler and of its helper show, a broken one shows its error until it is mended',
    steps: ({ extension }) => {
      const handler = 'handler';
      const request = { path: '/reload' };
      const broken = extension === 'py' ? '# BREAK-HERE' : extension === 'lua' ? '-- BREAK-HERE' : '// BREAK-HERE';
      return [
        { request, expect: { json: { handler: 'HANDLER-ONE', helper: 'HELPER-ONE' } } },
        { edit: { file: '_helper', from: 'HELPER-ONE', to: 'HELPER-TWO' } },
        { request, eventually: { json: { handler: 'HANDLER-ONE', helper: 'HELPER-TWO' } } },
        { edit: { file: handler, from: 'HANDLER-ONE', to: 'HANDLER-TWO' } },
        { request, eventually: { json: { handler: 'HANDLER-TWO', helper: 'HELPER-TWO' } } },
        { edit: { file: handler, from: broken, to: '))) BROKEN' } },
        { request, eventually: { status: 500 } },
        { edit: { file: handler, from: '))) BROKEN', to: broken } },
        { request, eventually: { json: { handler: 'HANDLER-TWO', helper: 'HELPER-TWO' } } },
      ];
    },
  },
]);
