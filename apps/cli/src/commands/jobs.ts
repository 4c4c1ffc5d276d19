import { printable, UsageError } from '@fastfn/core';
import { defineCommand } from 'citty';
import { adminRequest } from '../client/admin-request.js';
import { style, status as tint } from '../output/style.js';

/** What `/_fn/jobs` tells of a job. */
interface Job {
  readonly id: string;
  readonly status: string;
  readonly name: string;
  readonly method: string;
  readonly route: string;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly created_at_ms: number;
  readonly due_at_ms: number;
  readonly result_status: number | null;
  readonly last_error: string | null;
}

const ACTIONS = ['list', 'show', 'cancel', 'retry'] as const;
type Action = (typeof ACTIONS)[number];

const STATUS_TINT: Record<string, (text: string) => string> = {
  done: style.green,
  failed: style.red,
  running: style.cyan,
  canceled: style.dim,
};

export default defineCommand({
  meta: { name: 'jobs', description: 'List jobs of the running server; show, cancel or retry one' },
  args: {
    action: { type: 'positional', required: false, default: 'list', description: 'list, show, cancel or retry' },
    id: { type: 'positional', required: false, description: 'Job to show, cancel or retry' },
    status: {
      type: 'string',
      description: 'list: only queued, running, done, failed or canceled ones',
      valueHint: 'name',
    },
    limit: { type: 'string', description: 'list: how many, newest first (default 50)', valueHint: 'n' },
    json: { type: 'boolean', description: 'Machine-readable, as the admin API answers' },
    dir: { type: 'string', description: 'Folder that the server serves', valueHint: 'folder' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  async run({ args }) {
    const action = args.action as Action;
    if (!ACTIONS.includes(action)) {
      throw new UsageError('usage', `"${action}" is none of ${ACTIONS.join(', ')}. See fastfn jobs --help.`);
    }
    const server = { dir: args.dir, configFile: args.config };
    const ask = async (path: string, init?: RequestInit) =>
      (await adminRequest(server, `/_fn/jobs${path}`, init)).json();

    if (action === 'list') {
      if (args.id !== undefined) throw new UsageError('usage', `list takes no id; try: fastfn jobs show ${args.id}`);
      const query = new URLSearchParams();
      for (const key of ['status', 'limit'] as const) if (args[key]) query.set(key, args[key]);
      const answer = (await ask(`?${query}`)) as { jobs: Job[] };
      if (args.json) console.log(JSON.stringify(answer, null, 2));
      else console.log(answer.jobs.length === 0 ? 'No jobs.' : answer.jobs.map(line).join('\n'));
      return 0;
    }
    if (!args.id)
      throw new UsageError('usage', `Which job? fastfn jobs ${action} <id>; "fastfn jobs list" has the ids.`);
    const path = `/${encodeURIComponent(args.id)}`;
    if (action === 'show') {
      const job = (await ask(path)) as Job;
      // There is none of a canceled job.
      const result =
        job.status === 'done' || job.status === 'failed' ? await ask(`${path}/result`).catch(() => null) : null;
      if (args.json) console.log(JSON.stringify({ ...job, result }, null, 2));
      else show(job, result as Result | null);
      return 0;
    }
    const job = (await (action === 'cancel'
      ? ask(path, { method: 'DELETE' })
      : ask(`${path}/retry`, { method: 'POST', body: '{}' }))) as Job;
    console.log(args.json ? JSON.stringify(job, null, 2) : line(job));
    return 0;
  },
});

interface Result {
  readonly body?: string;
  readonly body_base64?: string;
  readonly truncated?: boolean;
}

function line({ id, status, method, route, attempt, due_at_ms, result_status, last_error }: Job): string {
  const parts = [id, (STATUS_TINT[status] ?? style.yellow)(status.padEnd(8)), method, printable(route)];
  if (result_status !== null) parts.push(tint(result_status));
  if (status === 'queued' && due_at_ms > Date.now()) parts.push(`due ${new Date(due_at_ms).toISOString()}`);
  if (attempt > 0) parts.push(style.dim(`run ${attempt + 1}`));
  if (last_error !== null) parts.push(style.dim(printable(last_error)));
  return parts.join('  ');
}

/** The body of the answer alone goes to stdout, so that it can be piped. */
function show(job: Job, result: Result | null): void {
  console.error(line(job));
  const made = new Date(job.created_at_ms).toISOString();
  const attempts = job.max_attempts === 1 ? 'one attempt' : `up to ${job.max_attempts} attempts`;
  console.error(style.dim(`${printable(job.name)}, made ${made}, ${attempts}`));
  if (result === null) return;
  if (result.truncated) console.error(style.yellow('The answer was larger than what is kept of it.'));
  if (result.body === undefined) process.stdout.write(Buffer.from(result.body_base64 ?? '', 'base64'));
  else if (result.body !== '') process.stdout.write(result.body.endsWith('\n') ? result.body : `${result.body}\n`);
}
