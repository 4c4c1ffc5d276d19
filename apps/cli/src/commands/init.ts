import { relative } from 'node:path';
import { loadOptions } from '@fastfn/config';
import { UsageError } from '@fastfn/core';
import { defineCommand } from 'citty';
import { createFunction } from '../init/create-function.js';
import { TEMPLATES, type TemplateName } from '../init/templates.js';
import { style } from '../output/style.js';

export default defineCommand({
  meta: { name: 'init', description: 'Create a function that answers at once' },
  args: {
    name: { type: 'positional', required: true, description: 'Name, which is also its URL: hello, or shop/cart' },
    template: {
      type: 'string',
      alias: 't',
      default: 'node',
      description: Object.keys(TEMPLATES).join(' | '),
      valueHint: 'language',
    },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  run({ args }) {
    const template = TEMPLATES[args.template as TemplateName];
    if (!template)
      throw new UsageError(
        'usage',
        `There is no template "${args.template}".`,
        `Templates: ${Object.keys(TEMPLATES).join(', ')}.`,
      );
    const cwd = process.cwd();
    const { root } = loadOptions({ command: 'doctor', cwd, configFile: args.config, env: process.env }).options;
    const written = createFunction({ root, name: args.name, template });
    for (const file of written) console.log(`  ${style.green('+')} ${relative(cwd, file)}`);
    const dir = relative(cwd, root);
    console.log(
      `\nNow run ${style.bold(`npx fastfn dev${dir ? ` ${dir}` : ''}`)} and open http://127.0.0.1:8080/${args.name.toLowerCase()}?name=Ada`,
    );
    return 0;
  },
});
