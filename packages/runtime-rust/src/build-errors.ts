import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { adviceOn, withoutCredentials } from '@fastfn/dependencies';
import type { CargoResult, CompilerMessage } from './cargo.js';
import type { Project } from './project.js';

/** Bound of the compiler's words in an error. */
const MAX_OUTPUT = 8192;
/** Lines of cargo that an answer shows. */
const SHOWN_LINES = 20;

const SIGNATURES =
  'also with a second argument for the path parameters, and with text, bytes, `fastfn::Response` or a `Result` of these as its answer';

/** What the compiler has against a function, as an error that shows the user's own file and line. */
export function compileError(fn: FunctionSpec, { main }: Project, messages: readonly CompilerMessage[]): FastFnError {
  const first = messages.find(({ spans }) => spans.length > 0) ?? messages[0]!;
  const isOurs = first.spans[0] !== undefined && samePath(first.spans[0].file, main);
  const explained = isOurs ? explain(fn, first) : null;
  const place = explained ?? placeOf(first);
  const message = explained?.message ?? first.message;
  const where = place.file === undefined ? '' : ` (${shown(fn, place.file)}${place.line ? `:${place.line}` : ''})`;
  const output = tail(messages.map(({ rendered }) => rendered.trimEnd()).join('\n\n'));
  return new FastFnError('build_failed', `${fn.name} could not be compiled: ${message}${where}`, {
    debug: {
      type: first.code === null ? 'error' : `error[${first.code}]`,
      message,
      file: place.file,
      line: place.line,
      source: place.source,
      stack: output,
    },
  });
}

/** Cargo failed before or beside the function's own code: dependencies, the network, the disk. */
export function cargoError(fn: FunctionSpec, result: CargoResult): FastFnError {
  const [messages] = [...result.errors.values()];
  const lines = result.lastLines.filter((line) => line.trim() !== '').map(withoutCredentials);
  const output = tail([...(messages ?? []).map(({ rendered }) => rendered), ...lines].join('\n'));
  const error = lines.find((line) => line.startsWith('error')) ?? messages?.[0]?.message ?? lines.at(-1);
  const reason = result.timedOut
    ? 'cargo took longer than 180 s. What it has finished is kept: save the handler to go on.'
    : (error ?? 'cargo failed without a word.').replace(/^error: /, '');
  const advice = adviceOn(lines);
  const message = `The dependencies of ${fn.name} could not be built: ${reason}${causes(lines)}${advice === null ? '' : `. ${advice}`}`;
  return new FastFnError('dependency_failed', message, {
    details: {
      tool: 'cargo build',
      exit_code: result.code,
      timed_out: result.timedOut,
      output: output.split('\n').slice(-SHOWN_LINES),
    },
    debug: { type: 'cargo', message: reason, stack: output },
  });
}

/** What cargo gives as the reasons of its error: the last is what happened. */
function causes(lines: readonly string[]): string {
  const at = lines.findIndex((line) => line.startsWith('Caused by'));
  return at === -1 ? '' : ` (${lines.at(-1)!.trim()})`;
}

/** Errors in the generated main are about the handler as a whole. */
function explain(fn: FunctionSpec, { code, message }: CompilerMessage) {
  const name = fn.handler ?? 'handler';
  const file = fn.entry;
  const found = findFunction(file, name);
  if (code === 'E0603') {
    return { file, ...found, message: `\`${name}\` is private; make it \`pub fn ${name}\`.` };
  }
  if (code === 'E0425' || code === 'E0423' || code === 'E0433') {
    return {
      file,
      line: undefined,
      source: undefined,
      message: `there is no function \`${name}\`; FastFN calls \`pub fn ${name}(event: Value) -> Value\`, ${SIGNATURES}.`,
    };
  }
  if (code === 'E0277' || code === 'E0283' || code === 'E0282' || code === 'E0310' || code === 'E0308') {
    return {
      file,
      ...found,
      message: `the signature of \`${name}\` is none that FastFN can call: it takes \`pub fn ${name}(event: Value) -> Value\`, ${SIGNATURES}.`,
    };
  }
  if (code === 'E0583' || message.startsWith("couldn't read")) {
    return { file, line: undefined, source: undefined, message };
  }
  return null;
}

function findFunction(file: string, name: string): { line: number | undefined; source: string | undefined } {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => new RegExp(`\\bfn\\s+${name}\\b`).test(line));
    return at === -1 ? NOWHERE : { line: at + 1, source: lines[at] };
  } catch {
    return NOWHERE;
  }
}

const NOWHERE = { line: undefined, source: undefined };

function placeOf({ spans }: CompilerMessage) {
  const [span] = spans;
  if (span === undefined) return { file: undefined, ...NOWHERE };
  return { file: span.file, line: span.line, source: span.source ?? undefined };
}

function shown(fn: FunctionSpec, file: string): string {
  const short = relative(fn.root, file);
  return short.startsWith('..') || isAbsolute(short) ? file : short;
}

function samePath(file: string, main: string): boolean {
  return file === main || main.endsWith(`/${file}`) || resolve(file) === main;
}

function tail(text: string): string {
  return text.length <= MAX_OUTPUT ? text : `…\n${text.slice(-MAX_OUTPUT)}`;
}
