import type { Endpoint } from '../endpoint.js';
import { serverMask } from '../secrets/mask.js';
import type { EventStream } from '../telemetry/event-stream.js';
import type { TelemetryEvent } from '../telemetry/telemetry.js';

/**
 * What happens, as server-sent events: `reload`, `diagnostics`, `call`. A client that comes back with `Last-Event-ID` gets
 * the reloads and diagnostics it missed.
 */
export const events: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    const { telemetry, admin } = exchange.context;
    const lastId = exchange.headers.get('last-event-id');
    const after = typeof lastId === 'string' && /^\d{1,15}$/.test(lastId) ? Number(lastId) : null;
    const mask = serverMask(exchange);
    admin.streams.open(exchange, (stream) => {
      if (after !== null) for (const event of telemetry.events(after)) send(stream, event, mask);
      return telemetry.onEvent((event) => send(stream, event, mask));
    });
  },
};

function send(stream: EventStream, { id, type, data }: TelemetryEvent, mask: (text: string) => string): void {
  stream.send(mask(JSON.stringify(data)), type, id);
}
