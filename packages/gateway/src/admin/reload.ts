import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';
import { guardWrite } from './guard.js';

/** Reads the folder again, now. GET obeys the same guard as POST. */
export const reload: Endpoint = {
  methods: ['GET', 'POST'],
  serve(exchange) {
    guardWrite(exchange);
    exchange.context.options.backend.reload().then(
      (result) => answerJson(exchange, 200, result),
      (error: unknown) => exchange.fail(error),
    );
  },
};
