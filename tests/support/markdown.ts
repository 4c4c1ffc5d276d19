/**
 * Pages of the docs that can be run.
 *
 * - A fenced block with a path after its language (```` ```py functions/hi/handler.py ````) is a file to save.
 * - A block ```` ```sh ```` holds commands; lines `#> …` after a command are what it prints, `…` stands for anything.
 * - `npx fastfn dev` or `npx fastfn run` (with variables in front, if any) starts a server in the background.
 */
export type Step =
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly content: string }
  | {
      readonly kind: 'serve';
      readonly line: number;
      readonly env: Readonly<Record<string, string>>;
      readonly args: readonly string[];
    }
  | { readonly kind: 'command'; readonly line: number; readonly script: string; readonly expected: string | null };

const SERVE = /^((?:\w+=\S+ )*)npx fastfn ((?:dev|run)\b.*)$/;

export function parseSteps(markdown: string): Step[] {
  const steps: Step[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\S+)(?: (\S+))?\s*$/.exec(lines[i]!);
    if (!fence) continue;
    const start = i + 1;
    while (++i < lines.length && lines[i] !== '```');
    const body = lines.slice(start, i);
    if (fence[2]) steps.push({ kind: 'file', line: start, path: fence[2], content: `${body.join('\n')}\n` });
    else if (fence[1] === 'sh') steps.push(...commands(body, start + 1));
  }
  return steps;
}

function commands(body: readonly string[], firstLine: number): Step[] {
  const steps: Step[] = [];
  let script: string[] = [];
  let expected: string[] | null = null;
  let line = firstLine;
  const finish = () => {
    const text = script.join('\n').trim();
    const serve = SERVE.exec(text);
    if (serve) {
      const env = Object.fromEntries(
        serve[1]!
          .trim()
          .split(' ')
          .filter(Boolean)
          .map((pair) => pair.split('=') as [string, string]),
      );
      steps.push({ kind: 'serve', line, env, args: serve[2]!.trim().split(/\s+/) });
    } else if (text) steps.push({ kind: 'command', line, script: text, expected: expected?.join('\n') ?? null });
    script = [];
    expected = null;
  };
  body.forEach((text, index) => {
    const output = /^#>(?: (.*))?$/.exec(text);
    if (output) {
      expected = [...(expected ?? []), output[1] ?? ''];
      return;
    }
    if (expected || text === '') finish();
    if (script.length === 0) line = firstLine + index;
    script.push(text);
  });
  finish();
  return steps;
}

/** Whether what a command printed is what the page says; `…` stands for anything, also nothing. */
export function matches(expected: string, actual: string): boolean {
  const pattern = expected
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`).test(actual.trimEnd().replace(/\r\n/g, '\n'));
}
