import { isRuntime, RUNTIMES, UsageError } from '@fastfn/core';
import { runDaemon } from '@fastfn/server';
import { defineCommand } from 'citty';

export default defineCommand({
  meta: { name: 'daemon', description: 'Run the daemon of one language by hand, for FN_RUNTIME_SOCKETS' },
  args: {
    runtime: { type: 'positional', required: true, description: RUNTIMES.join(' | ') },
    socket: { type: 'string', required: true, description: 'Unix socket to listen on', valueHint: 'path' },
  },
  run({ args }) {
    if (!isRuntime(args.runtime))
      throw new UsageError('usage', `"${args.runtime}" is no runtime. Known: ${RUNTIMES.join(', ')}.`);
    return runDaemon({ runtime: args.runtime, socket: args.socket, env: process.env });
  },
});
