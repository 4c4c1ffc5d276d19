import type { Buffer } from 'node:buffer';
import type {
  AdapterName,
  Answer,
  Envelope,
  Event,
  FetchApp,
  Handler,
  LambdaHandler,
  WorkerModule,
} from '@fastfn/types';
import { describe, expectTypeOf, it } from 'vitest';

/** Checked by the compiler: nothing of this runs. */
describe('types of handlers', () => {
  it('event', () => {
    expectTypeOf<Event['ts']>().toBeNumber();
    expectTypeOf<Event['body']>().toEqualTypeOf<string | null>();
    expectTypeOf<Event['query'][string]>().toEqualTypeOf<string | string[] | undefined>();
    expectTypeOf<Event['raw_body']>().toEqualTypeOf<Buffer>();
    expectTypeOf<Event<{ id: string }>['params']['id']>().toBeString();
    // @ts-expect-error a path parameter that the route does not have
    expectTypeOf<Event<{ id: string }>['params']['other']>().toBeString();
    expectTypeOf<Event['context']['deadline_ms']>().toBeNumber();
    expectTypeOf<ReturnType<Event['json']>>().toBeUnknown();
  });

  it('what may be returned', () => {
    const answers: Handler[] = [
      () => ({ hello: 'world' }),
      () => [1, 'two', { three: 3 }],
      () => 'text',
      () => null,
      () => {},
      () => new Uint8Array(2),
      () => new Response('made by hand'),
      async () => ({
        status: 201,
        headers: { 'x-tags': ['a', 'b'], 'x-none': null },
        cookies: ['a=1'],
        body: { id: 7 },
      }),
      async function* () {
        yield 'one';
      },
      (event) => ({ hello: event.query.name ?? 'world' }),
      (event) => event.raw_body,
    ];
    expectTypeOf(answers).items.returns.toEqualTypeOf<Answer | Promise<Answer>>();
    // @ts-expect-error a function is no response
    const wrong: Envelope = { status: () => 200 };
    // @ts-expect-error of cookies, a name is needed
    const nameless: Envelope = { cookies: [{ value: 'x' }] };
    // @ts-expect-error a symbol is no response
    const symbol: Handler = () => Symbol('x');
    void [wrong, nameless, symbol];
  });

  it('parameters come second, too', () => {
    const handler: Handler<{ id: string }> = (event, { id }) => ({ id, same: event.params.id });
    expectTypeOf(handler).parameter(1).toEqualTypeOf<{ id: string }>();
  });

  it('code of other platforms', () => {
    const app: FetchApp = { fetch: (request) => new Response(request.url) };
    const worker: WorkerModule<{ GREETING: string }> = {
      async fetch(_request, env, ctx) {
        ctx.waitUntil(Promise.resolve());
        return new Response(env.GREETING);
      },
    };
    const lambda: LambdaHandler = async (event, context) => ({
      statusCode: 200,
      body: `${event.rawPath} ${context.getRemainingTimeInMillis()}`,
    });
    const callback: LambdaHandler = (_event, _context, done) => done(null, { statusCode: 204 });
    expectTypeOf<'fetch'>().toExtend<AdapterName>();
    void [app, worker, lambda, callback];
  });
});
