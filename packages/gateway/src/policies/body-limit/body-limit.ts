import type { Exchange } from '../../exchange.js';
import { refuseBody } from '../../respond/refuse-body.js';
import { bodyTooLarge } from './read-body.js';

/** Refuses a body by its announced length, before a byte of it is read. Bodies without one are counted in reading. */
export function bodyLimit(exchange: Exchange): boolean {
  const announced = exchange.headers.get('content-length');
  if (announced === undefined) return true;
  const limit = exchange.fn!.policy.maxBodyBytes;
  if (Number(announced) <= limit) return true;
  refuseBody(exchange, bodyTooLarge(limit));
  return false;
}
