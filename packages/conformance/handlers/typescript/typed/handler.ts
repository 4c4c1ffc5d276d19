import type { Greeting } from './_types.ts';

enum Level {
  Low = 0,
  High = 1,
}

interface Event {
  query: { name?: string; fail?: string };
}

type Maybe<T> = T | undefined;

export const handler = async (event: Event): Promise<Greeting> => {
  const name: Maybe<string> = event.query.name;
  if (event.query.fail !== undefined) {
    throw new TypeError('typed-boom'); // ERROR-LINE
  }
  return { greeting: `Hello, ${name as string}`, level: Level.High } satisfies Greeting;
};
