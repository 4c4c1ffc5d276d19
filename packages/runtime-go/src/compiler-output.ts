import { basename, isAbsolute, resolve } from 'node:path';
import { type ErrorCode, FastFnError } from '@fastfn/core';
import { adviceOn, withoutCredentials } from '@fastfn/dependencies';
import type { PlannedFile, PlanProblem } from './plan.js';

const MAX_LINES = 40;
const MAX_CHARS = 8192;
/** Lines of the tool that an answer shows. */
const SHOWN_LINES = 20;

/** `path:line:column: message`, the column may be missing. */
const LOCATED = /^(?:vet: )?(.+?\.(?:go|mod)):(\d+)(?::\d+)?: (.*)$/;

/** Words of `go` about modules that could not be had, whoever is to blame. */
const UNREACHABLE =
  /module lookup disabled|dial tcp|no such host|proxyconnect|i\/o timeout|unknown revision|404 Not Found|410 Gone|: reading https?:|connection refused|invalid version|checksum mismatch|no matching versions|unrecognized import path/;

/** A mistake seen before the compiler ran. */
export function problemError(problem: PlanProblem): FastFnError {
  return buildError('build_failed', problem, problem.message);
}

export interface CompilerFailure {
  /** With which `go` ended; null: a signal ended it. */
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Folder of the build: no path in it means anything to anybody. */
  readonly folder: string;
  readonly outputs: readonly PlannedFile[];
  /** The user's handler file, when nothing else is named. */
  readonly entry: string;
  readonly hasModule: boolean;
  readSource(file: string, line: number): string;
}

/** What `go build` said, in the user's own paths. */
export function compilerError(failure: CompilerFailure): FastFnError {
  const { entry, exitCode, hasModule, readSource } = failure;
  const lines = cleanLines(failure);
  const text = tail(lines);
  const found = lines.map((line) => LOCATED.exec(line)).find((match) => match !== null);
  const file = found?.[1] ?? entry;
  const line = Number(found?.[2] ?? 0);
  let message = found?.[3] ?? lines[0] ?? 'the compiler said nothing';
  if (/no required module provides package|cannot find module providing package/.test(message) && !hasModule) {
    message = `${message.replace(': import lookup disabled by -mod=readonly', '')}.`;
    message += ' Put a go.mod beside the handler: run `go mod init function && go mod tidy` in its folder.';
  }
  const code: ErrorCode = UNREACHABLE.test(text) ? 'dependency_failed' : 'build_failed';
  const source = line > 0 ? readSource(file, line) : '';
  // What `go` says of a module that it could not get may leave out which.
  const imported = /"([^"]+)"/.exec(source)?.[1];
  if (code === 'dependency_failed' && imported !== undefined && !message.includes(imported)) {
    message = `${imported}: ${message}`;
  }
  const advice = adviceOn(lines);
  if (advice !== null) message = `${message}. ${advice}`;
  const details =
    code === 'dependency_failed'
      ? { tool: 'go build', exit_code: exitCode, timed_out: false, output: lines.slice(-SHOWN_LINES) }
      : undefined;
  return buildError(code, { message, file, line, source }, text, details);
}

/** A build that did not end in time, or could not begin. */
export function buildBroke(entry: string, reason: string): FastFnError {
  const advice = adviceOn([reason]);
  const message = advice === null ? reason : `${reason}. ${advice}`;
  return buildError('build_failed', { message, file: entry, line: 0, source: '' }, reason);
}

function buildError(
  code: ErrorCode,
  { message, file, line, source }: PlanProblem,
  output: string,
  details?: Record<string, unknown>,
): FastFnError {
  const at = line > 0 ? `${basename(file)}:${line}` : basename(file);
  return new FastFnError(code, `${at}: ${message}`, {
    details,
    debug: {
      type: code === 'build_failed' ? 'CompileError' : 'DependencyError',
      message,
      file,
      ...(line > 0 && { line, source }),
      stack: output,
    },
  });
}

function cleanLines({ stderr, folder, outputs, entry }: CompilerFailure): string[] {
  const own = new Map(
    outputs.flatMap(({ path, text }) => {
      const original = /^\/\/line (.+):1\n/.exec(text)?.[1];
      return original === undefined ? [] : [[resolve(folder, path), original] as const];
    }),
  );
  const lines: string[] = [];
  for (const line of withoutCredentials(stderr).split('\n')) {
    // `# package` and progress of downloads.
    if (line === '' || line.startsWith('# ') || line.startsWith('go: downloading ') || line.startsWith('go: finding '))
      continue;
    const match = LOCATED.exec(line);
    if (match === null) {
      lines.push(line.replaceAll(`${folder}/`, ''));
      continue;
    }
    const path = isAbsolute(match[1]!) ? match[1]! : resolve(folder, match[1]!);
    // Errors in what we wrote around the handler are about the handler.
    const shown = own.get(path) ?? (path.startsWith(`${folder}/`) ? entry : path);
    lines.push(line.replace(match[1]!, shown));
  }
  return lines;
}

function tail(lines: readonly string[]): string {
  return lines.slice(-MAX_LINES).join('\n').slice(-MAX_CHARS);
}
