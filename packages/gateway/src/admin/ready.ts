import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';
import { servingState } from './state.js';

/** 200 while functions are served, else 503: load balancers send nothing then. */
export const ready: Endpoint = {
  methods: ['GET'],
  access: 'open',
  serve(exchange) {
    const status = servingState(exchange);
    answerJson(exchange, status === 'ready' ? 200 : 503, { status });
  },
};
