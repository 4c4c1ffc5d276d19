import { defineCommand } from 'citty';
import { adminRequest } from '../client/admin-request.js';
import { eventData } from '../client/event-data.js';

export default defineCommand({
  meta: { name: 'logs', description: 'Show the log of the running server, and follow it' },
  args: {
    file: { type: 'string', description: 'error (the server), access (requests) or runtime (handlers); default error' },
    lines: { type: 'string', description: 'Past lines to begin with (default 200)', valueHint: 'n' },
    fn: { type: 'string', description: 'Only this function', valueHint: 'name' },
    runtime: { type: 'string', description: 'Only this language', valueHint: 'name' },
    follow: {
      type: 'boolean',
      default: true,
      description: 'Wait for more',
      negativeDescription: 'Exit after the past lines',
    },
    dir: { type: 'string', description: 'Folder that the server serves', valueHint: 'folder' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  async run({ args }) {
    const query = new URLSearchParams({ follow: args.follow ? '1' : '0' });
    for (const key of ['file', 'lines', 'fn', 'runtime'] as const) if (args[key]) query.set(key, args[key]);
    const response = await adminRequest({ dir: args.dir, configFile: args.config }, `/_fn/logs?${query}`);
    if (!args.follow) process.stdout.write(await response.text());
    else if (response.body) for await (const line of eventData(response.body)) console.log(line);
    return 0;
  },
});
