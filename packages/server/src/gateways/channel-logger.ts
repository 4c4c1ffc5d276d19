import type { Logger } from '@fastfn/core';
import type { Channel } from '@fastfn/pool';
import * as Type from './packets.js';

/** The log of a gateway process: the primary writes it. */
export function channelLogger(channel: Channel): Logger {
  return {
    log(level, message, fields) {
      channel.send([Type.Log, level, message, fields === undefined ? null : toJson(fields)]);
    },
    output({ runtime, name, version, stream, requestId }, text) {
      channel.send([Type.Output, { runtime, name, version, stream, requestId }, text]);
    },
  };
}

/** Errors among the fields keep what they say. */
function toJson(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, (_key, value) =>
    value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
  );
}
