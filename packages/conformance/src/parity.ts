import type { Case, Subject } from './case.js';
import { SUBJECTS } from './subjects.js';

/** One line of the parity page: a promise, and the cases that keep it. */
export interface ParityRow {
  readonly title: string;
  /** Ids of cases; one that ends in `*` stands for all that begin like it. */
  readonly cases: readonly string[];
  /** Cases of those that belong to another row. */
  readonly except?: readonly string[];
  /** Why languages have nothing of it, by subject or runtime; no case is about them. */
  readonly without?: Readonly<Record<string, string>>;
  /** Tests elsewhere that prove it for each runtime, in place of cases: file below the repository. */
  readonly provedBy?: string;
  /** By runtime: what is to know of a cell that is green. */
  readonly notes?: Readonly<Partial<Record<string, string>>>;
}

const ESCAPE_ATTEMPTS = 'tests/sandbox/escapes.test.ts';

const COMPILED =
  'By the kernel alone (Landlock, Linux 5.13 and newer): where it cannot, nothing stands between compiled code and the files, and the start says so.';

export const PARITY: readonly ParityRow[] = [
  {
    title: 'Event: every field',
    cases: ['event.*'],
    except: ['event.version*', 'event.session.*', 'event.env', 'event.secrets'],
  },
  { title: 'Path parameters', cases: ['parameters.*'] },
  { title: 'Which callable is called', cases: ['callable.*'] },
  {
    title: 'Every shorthand (JSON, text, pages, numbers, bytes, nothing, CSV)',
    cases: ['responses.*'],
    except: [
      'responses.status*',
      'responses.body*',
      'responses.typed*',
      'responses.header*',
      'responses.cookies',
      'responses.base64*',
      'responses.native-bytes',
      'responses.no-content',
      'responses.error-status',
      'responses.large',
    ],
  },
  {
    title: 'Envelope: status, headers, body',
    cases: [
      'responses.status*',
      'responses.body*',
      'responses.typed*',
      'responses.header*',
      'responses.no-content',
      'responses.error-status',
    ],
    except: ['responses.header-list'],
  },
  { title: 'What is no response is told', cases: ['invalid-responses.*'] },
  {
    title: 'Bytes in and out',
    cases: ['body.*', 'responses.base64*', 'responses.native-bytes', 'responses.bytes', 'responses.large'],
    except: ['body.form.*'],
  },
  { title: 'Form helper', cases: ['body.form.*'] },
  { title: 'Cookies', cases: ['responses.cookies', 'responses.header-list', 'event.session.*'] },
  { title: 'Streaming, with backpressure', cases: ['streaming.*'], except: ['streaming.cancel'] },
  { title: 'A client that leaves cancels', cases: ['streaming.cancel'] },
  { title: 'Timeouts end the code', cases: ['limits.timeout*'] },
  { title: 'Size limits', cases: ['limits.body.*'] },
  { title: 'Crash recovery', cases: ['lifecycle.crash'] },
  {
    title: 'Output capture',
    cases: ['output.*'],
    notes: { php: 'What is echoed may be the answer: it is in the log when the call has ended, all else at once.' },
  },
  { title: 'Errors with file and line', cases: ['errors.*'] },
  { title: 'Module state', cases: ['module-state.*'] },
  { title: 'Environment isolation', cases: ['environment.*', 'event.env'] },
  { title: 'Secrets', cases: ['secrets.*', 'event.secrets'] },
  {
    title: '`strict_fs`',
    cases: [],
    provedBy: ESCAPE_ATTEMPTS,
    notes: { rust: COMPILED, go: COMPILED },
  },
  { title: 'Dependencies', cases: ['dependencies.*'] },
  { title: 'Packs', cases: ['packs.*'] },
  { title: 'Reload of handler and helpers', cases: ['reload.*'] },
  { title: 'Versions', cases: ['event.version*'] },
  { title: 'Proxy answers', cases: ['proxy.*'] },
  { title: 'Debug headers', cases: ['lifecycle.debug-headers', 'lifecycle.no-debug-headers'] },
  { title: 'Cold start, then warm', cases: ['lifecycle.warmth'] },
  {
    title: 'Adapters for other platforms',
    cases: ['adapters.*'],
    without: Object.fromEntries(
      ['php', 'lua', 'rust', 'go'].map((id) => [
        id,
        'The platforms that adapters stand for run JavaScript and Python; this language has no code to bring along.',
      ]),
    ),
  },
];

const NAMES: Readonly<Record<string, string>> = {
  node: 'JavaScript',
  typescript: 'TypeScript',
  python: 'Python',
  php: 'PHP',
  lua: 'Lua',
  rust: 'Rust',
  go: 'Go',
};

/** The cases of a row. */
export function casesOf(row: ParityRow, cases: readonly Case[]): Case[] {
  const named = (patterns: readonly string[], id: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern));
  return cases.filter(({ id }) => named(row.cases, id) && !named(row.except ?? [], id));
}

/** What a run found: whether a case (or, for {@link ParityRow.provedBy}, a file) passed for a subject. */
export type Passed = (subject: Subject, proof: string) => boolean;

/**
 * The page: languages × capabilities. A number is how many cases passed; a footnote says what a language cannot have.
 * @param passed what a run found; without one, as if all had passed
 */
export function renderParity(cases: readonly Case[], passed: Passed = () => true): string {
  const notes: string[] = [];
  const noteOf = (reason: string): string => {
    if (!notes.includes(reason)) notes.push(reason);
    return ` <sup>${notes.indexOf(reason) + 1}</sup>`;
  };
  const cell = (row: ParityRow, subject: Subject): string => {
    const note = row.notes?.[subject.runtime];
    const noted = note === undefined ? '' : noteOf(note);
    if (row.provedBy !== undefined) return passed(subject, row.provedBy) ? `✓${noted}` : '✗';
    const about = casesOf(row, cases).filter(({ only }) => only?.includes(subject.id) ?? true);
    const without = row.without?.[subject.id] ?? row.without?.[subject.runtime];
    if (about.length === 0) return without === undefined ? '✗' : `–${noteOf(without)}`;
    const skipped = about.map(({ skip }) => skip?.[subject.id] ?? skip?.[subject.runtime]);
    const reasons = [...new Set(skipped.filter((why) => why !== undefined))]
      .map((why) => noteOf(sentence(why)))
      .join('');
    const ran = about.filter((_, i) => skipped[i] === undefined);
    if (ran.length === 0) return `–${reasons}`;
    const failed = ran.filter(({ id }) => !passed(subject, id));
    return failed.length > 0 ? `✗ ${failed.map(({ id }) => id).join(', ')}` : `✓ ${ran.length}${reasons}${noted}`;
  };
  const rows = PARITY.map((row) => `| ${[row.title, ...SUBJECTS.map((subject) => cell(row, subject))].join(' | ')} |`);
  return `# What every language has

Written by \`pnpm parity\` from a run of [the conformance cases](../../packages/conformance/), one list that all languages are tested
against: the number is how many cases passed. \`strict_fs\` is proved by [a table of escape attempts](../../${ESCAPE_ATTEMPTS}).

| | ${SUBJECTS.map(({ id }) => NAMES[id] ?? id).join(' | ')} |
| --- |${SUBJECTS.map(() => ' --- |').join('')}
${rows.join('\n')}

${notes.map((reason, i) => `${i + 1}. ${reason}`).join('\n')}
`;
}

function sentence(text: string): string {
  // Names of code keep their case.
  const first = /^\w*[_:]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
