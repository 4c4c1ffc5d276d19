import { readFileSync } from 'node:fs';
import { UsageError } from '@fastfn/core';
import { defineCommand } from 'citty';
import { adminRequest } from '../client/admin-request.js';
import { repeated } from '../client/repeated.js';
import { style, status as tint } from '../output/style.js';

/** What `/_fn/invoke` answers. */
interface Result {
  readonly status: number;
  readonly latency_ms: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  readonly body_base64?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly route: string;
}

export default defineCommand({
  meta: { name: 'invoke', description: 'Call a function of the running server, by route or name' },
  args: {
    target: { type: 'positional', required: true, description: '/users/7, /users/:id, or a name such as users@v2' },
    method: {
      type: 'string',
      description: 'Method; by default GET, or the first the function takes',
      valueHint: 'name',
    },
    query: { type: 'string', description: 'Query parameter; may be repeated', valueHint: 'name=value' },
    header: { type: 'string', description: 'Request header; may be repeated', valueHint: 'name: value' },
    param: { type: 'string', description: 'Path parameter; may be repeated', valueHint: 'name=value' },
    body: { type: 'string', description: 'Request body; @file reads one, @- reads stdin', valueHint: 'text' },
    json: { type: 'boolean', description: 'Print the whole answer: status, headers, body, output' },
    dir: { type: 'string', description: 'Folder that the server serves', valueHint: 'folder' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  async run({ args, rawArgs }) {
    const call = {
      [args.target.startsWith('/') ? 'route' : 'name']: args.target,
      method: args.method,
      query: pairs(repeated(rawArgs, 'query'), '=', '--query'),
      headers: single(pairs(repeated(rawArgs, 'header'), ':', '--header')),
      params: single(pairs(repeated(rawArgs, 'param'), '=', '--param')),
      ...(args.body !== undefined && bodyOf(args.body)),
    };
    const response = await adminRequest({ dir: args.dir, configFile: args.config }, '/_fn/invoke', {
      method: 'POST',
      body: JSON.stringify(call),
    });
    const result = (await response.json()) as Result;
    if (args.json) console.log(JSON.stringify(result, null, 2));
    else print(result);
    return result.status < 400 ? 0 : 1;
  },
});

/** The body alone goes to stdout, so that it can be piped. */
function print({ status, latency_ms, route, body, body_base64, stdout, stderr }: Result): void {
  console.error(`${tint(status)} ${style.dim(`${latency_ms} ms`)} ${route}`);
  for (const [stream, text] of Object.entries({ stdout, stderr })) {
    for (const line of text.split('\n')) if (line !== '') console.error(`${style.dim(`[${stream}]`)} ${line}`);
  }
  if (body === undefined) process.stdout.write(Buffer.from(body_base64 ?? '', 'base64'));
  else if (body !== '') process.stdout.write(body.endsWith('\n') ? body : `${body}\n`);
}

function pairs(given: readonly string[], separator: string, flag: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const text of given) {
    const at = text.indexOf(separator);
    if (at < 1) throw new UsageError('usage', `${flag} takes name${separator}value, not "${text}".`);
    const name = text.slice(0, at).trim();
    const value = separator === ':' ? text.slice(at + 1).trim() : text.slice(at + 1);
    found[name] = [...(found[name] ?? []), value];
  }
  return found;
}

/** Headers that are repeated are joined, as HTTP does. */
function single(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.join(', ')]));
}

function bodyOf(text: string): { body: string; is_base64?: boolean } {
  if (!text.startsWith('@')) return { body: text };
  const file = text.slice(1);
  try {
    return { body: readFileSync(file === '-' ? 0 : file).toString('base64'), is_base64: true };
  } catch (cause) {
    throw new UsageError('usage', `--body ${text} cannot be read: ${(cause as Error).message}`, undefined, { cause });
  }
}
