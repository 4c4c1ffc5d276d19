import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';

/** The process answers: orchestrators restart it when this fails. */
export const live: Endpoint = {
  methods: ['GET'],
  access: 'open',
  serve: (exchange) => answerJson(exchange, 200, { status: 'live' }),
};
