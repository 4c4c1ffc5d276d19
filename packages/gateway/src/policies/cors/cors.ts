import type { Exchange } from '../../exchange.js';
import { findRoute } from '../../match.js';
import { answer } from '../../respond/answer.js';
import { preflightHeaders } from './headers.js';

/** Notes the policy of the route, so that every answer carries its headers, and answers preflights. */
export function cors(exchange: Exchange): boolean {
  const match = exchange.match!;
  if (match.kind !== 'route' && match.kind !== 'method') return true;
  exchange.cors = match.route.fn.policy.cors;
  if (exchange.method !== 'OPTIONS') return true;
  const origin = exchange.headers.get('origin');
  const wanted = exchange.headers.get('access-control-request-method');
  if (origin === undefined || wanted === undefined) return true;

  const target = findRoute(exchange.app!, wanted.toUpperCase(), exchange.host, exchange.routePath, exchange.path);
  const asked = target.kind === 'route' ? target : match;
  const policy = asked.route.fn.policy.cors;
  if (policy === null) return true;
  exchange.cors = policy;
  const allow = match.kind === 'method' ? match.allow : asked.route.methods;
  answer(
    exchange,
    204,
    preflightHeaders(policy, allow, origin, exchange.headers.get('access-control-request-headers')),
    null,
  );
  return false;
}
