import { defineCommand } from 'citty';
import { SERVE_ARGS, serve } from '../serve.js';

export default defineCommand({
  meta: { name: 'run', description: 'Serve a folder in production' },
  args: SERVE_ARGS,
  run: ({ args }) => serve('run', args),
});
