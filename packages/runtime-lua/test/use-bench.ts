import { afterAll, beforeAll } from 'vitest';
import { makeBench } from './harness.js';

type Bench = Awaited<ReturnType<typeof makeBench>>;

/** One bench for the tests of a file. */
export function useBench(): Pick<Bench, 'start' | 'handler'> {
  let bench: Bench | undefined;
  beforeAll(async () => {
    bench = await makeBench();
  });
  afterAll(() => bench?.close());
  return {
    start: (input) => bench!.start(input),
    handler: (source, spec) => bench!.handler(source, spec),
  };
}

/** A handler that runs the Lua text of the body, and answers with what that returns. */
export const EVALUATES = 'return function(event) return assert(load(event.raw_body, "=body"))() end\n';
