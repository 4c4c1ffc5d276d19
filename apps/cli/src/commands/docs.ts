import { defineCommand } from 'citty';
import { adminRequest } from '../client/admin-request.js';
import { openInBrowser } from '../client/open-in-browser.js';

export default defineCommand({
  meta: {
    name: 'docs',
    description: 'Show the API docs of the running server: prints the URL, opens it on a terminal',
  },
  args: {
    open: {
      type: 'boolean',
      default: process.stdout.isTTY === true,
      description: 'Open it in the browser; by default when this is a terminal',
      negativeDescription: 'Only print it',
    },
    dir: { type: 'string', description: 'Folder that the server serves', valueHint: 'dir' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  async run({ args }) {
    const response = await adminRequest({ dir: args.dir, configFile: args.config }, '/_fn/docs');
    await response.body?.cancel();
    const { origin } = new URL(response.url);
    const url = `${origin}/_fn/docs`;
    console.log(url);
    if (args.open) openInBrowser(url);
    return 0;
  },
});
