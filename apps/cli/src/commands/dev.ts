import { defineCommand } from 'citty';
import { SERVE_ARGS, serve } from '../serve.js';

export default defineCommand({
  meta: {
    name: 'dev',
    description: 'Serve a folder while you edit it: hot reload, readable errors, one line per request',
  },
  args: SERVE_ARGS,
  run: ({ args }) => serve('dev', args),
});
