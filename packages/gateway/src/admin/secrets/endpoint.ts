import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { Fields, invalidFields } from '../fields.js';
import { queryOf } from '../functions/query.js';
import { readJson } from '../request-body.js';
import type { SecretStore } from './store.js';

/** Names as environment variables have them: functions ask for them under such names. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_VALUE = 65_536;

/** Stored secrets: names are shown, values never. SPEC §16. */
export const secrets: Endpoint = {
  methods: ['GET', 'POST', 'DELETE'],
  access: 'guarded',
  writes: ['POST', 'DELETE'],
  async serve(exchange) {
    const store = storeOf(exchange);
    if (exchange.method === 'POST') {
      const fields = new Fields(await readJson(exchange));
      const key = fields.text('key', 128) ?? '';
      const value = fields.requiredText('value', MAX_VALUE);
      if (!NAME.test(key)) fields.wrong('key', 'must be letters, digits and "_", and not begin with a digit');
      fields.check();
      store.set(key, value);
      answerJson(exchange, 201, { status: 'created', key });
    } else if (exchange.method === 'DELETE') {
      const key = queryOf(exchange).get('key') ?? '';
      if (key === '') throw invalidFields([{ key: 'key', message: '"key" is missing.' }]);
      if (!store.delete(key)) throw new FastFnError('not_found', 'There is no such secret.');
      answerJson(exchange, 200, { status: 'deleted', key });
    } else
      answerJson(
        exchange,
        200,
        store.names().map((key) => ({ key })),
      );
  },
};

function storeOf({ context, path }: Exchange): SecretStore {
  const { secrets: store } = context.options;
  if (store === undefined) throw new FastFnError('not_found', `Nothing answers at ${path}: secrets are not kept here.`);
  return store;
}
