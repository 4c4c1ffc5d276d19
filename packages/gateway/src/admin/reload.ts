import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';

/** Reads the folder again, now. GET obeys the same guard as POST. It is no write: nothing of the user's is changed. */
export const reload: Endpoint = {
  methods: ['GET', 'POST'],
  access: 'guarded',
  acts: true,
  async serve(exchange) {
    answerJson(exchange, 200, await exchange.context.options.backend.reload());
  },
};
