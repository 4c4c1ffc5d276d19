import type { Exchange } from './exchange.js';
import { deadlineOf } from './policies/deadline/deadline.js';
import { parseQuery } from './request.js';
import { CapturedOutput } from './respond/captured-output.js';
import { readSession } from './session.js';
import { currentTrace, withTraceparent } from './tracing/begin.js';

/** Hands the request to its function. The answer arrives at the exchange itself. */
export function invoke(exchange: Exchange): boolean {
  const { context, headers, match } = exchange;
  if (match!.kind !== 'route') return true;
  const { fn } = match!.route;
  if (fn.configError !== null) throw fn.configError;
  if (fn.policy.debugHeaders) exchange.output ??= new CapturedOutput();
  if (exchange.spans !== null) exchange.spans.invoking();
  const handle = context.invoker.invoke(
    {
      fn,
      id: exchange.requestId,
      method: exchange.method,
      path: exchange.path,
      rawPath: exchange.rawPath,
      query: parseQuery(exchange.search),
      params: match!.params,
      headers: headers.blob(),
      session: readSession(headers.get('cookie')),
      clientIp: exchange.clientIp,
      body: exchange.body,
      ts: exchange.ts,
      deadline: deadlineOf(exchange),
      context: withTraceparent(exchange.callContext, currentTrace(exchange)),
      captureOutput: exchange.output !== null,
    },
    exchange,
  );
  exchange.attach(handle);
  return false;
}
