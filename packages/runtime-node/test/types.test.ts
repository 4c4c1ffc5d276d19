import type { Client, Event, Form, FormFile } from '@fastfn/types';
import { describe, expectTypeOf, it } from 'vitest';
import type { FnEvent } from '../src/shim/event.js';
import type { Form as ReadForm, FormFile as ReadFormFile } from '../src/shim/form.js';

/**
 * Context and session are made elsewhere; the conformance cases compare them key by key. The type that a caller gives
 * `json<T>()` is a promise of the caller's.
 */
type Fields<T> = Omit<T, 'context' | 'session' | 'json'>;

describe('the event is what @fastfn/types promises', () => {
  it('in every field', () => {
    expectTypeOf<Fields<FnEvent>>().toExtend<Fields<Event>>();
    expectTypeOf<keyof FnEvent>().toEqualTypeOf<keyof Event>();
    expectTypeOf<FnEvent['client']>().toExtend<Client>();
  });

  it('and so are forms', () => {
    expectTypeOf<ReadForm>().toExtend<Form>();
    expectTypeOf<ReadFormFile>().toEqualTypeOf<FormFile>();
  });
});
