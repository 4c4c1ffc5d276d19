import { FastFnError } from '@fastfn/core';
import { withoutCredentials } from './line-tail.js';
import type { ToolResult } from './run-tool.js';

/** Lines of the tool that an answer shows. */
const SHOWN_LINES = 20;

/** Lines that say nothing of what is wrong. */
const NOISE =
  /complete log of this run|npm (?:error|ERR!)\s*$|^npm notice|^\[notice\]|^npm warn|new release of pip|^WARNING: Running pip as/i;

export interface Failure {
  /** What was to be installed for whom, e.g. `functions/hello/package.json`. */
  readonly subject: string;
  /** e.g. `npm install`. */
  readonly tool: string;
  /** What to do, when it is known; a sentence. */
  readonly hint?: string;
  /** The line of its output that tells most; default: the first that names an error. */
  readonly said?: string;
}

/** `dependency_failed`, with the last lines of the tool that failed. */
export function toolFailed({ subject, tool, hint, said }: Failure, result: ToolResult): FastFnError {
  const output = result.lines.filter((line) => !NOISE.test(line)).slice(-SHOWN_LINES);
  const advice = hint ?? adviceOn(output);
  const how = howItEnded(result);
  const line = said ?? tellingLine(output);
  const sentences = [
    `The dependencies of ${subject} could not be installed: ${tool} ${how}${line ? `: ${line}` : '.'}`,
  ];
  if (advice !== null) sentences.push(advice);
  const message = sentences.join(' ');
  return new FastFnError('dependency_failed', message, {
    details: { tool, exit_code: result.code, timed_out: result.timedOut, output },
    debug: { type: 'DependencyError', message, stack: output.join('\n') },
  });
}

/** `dependency_failed` without a tool: a broken manifest, a disk that is full, a tool that is missing. */
export function dependencyError(message: string, file?: string, cause?: unknown): FastFnError {
  return new FastFnError('dependency_failed', message, {
    cause,
    debug: { type: 'DependencyError', message, ...(file !== undefined && { file }) },
  });
}

/** What was thrown while installing, as `dependency_failed`. */
export function asDependencyError(subject: string, cause: unknown): FastFnError {
  if (cause instanceof FastFnError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT' ? ' The disk is full: make room and save a file to try again.' : '';
  const text = withoutCredentials(message ?? String(cause));
  return dependencyError(`The dependencies of ${subject} could not be installed: ${text}.${advice}`, undefined, cause);
}

function howItEnded({ timedOut, durationMs, spawnError, endedBy, code }: ToolResult): string {
  if (timedOut) return `was stopped after its time limit of ${Math.round(durationMs / 1000)} s`;
  if (spawnError === 'ENOENT') return 'was not found';
  if (spawnError !== null) return `could not be run (${spawnError})`;
  return endedBy === null ? `failed with exit code ${code}` : `was ended by ${endedBy}`;
}

/** The first line that names an error; tools end with general advice. */
function tellingLine(lines: readonly string[]): string {
  const errors = lines.filter((line) => /\berr(?:or)?\b|ERR!/i.test(line) && !/^npm (?:error|ERR!) code\b/i.test(line));
  const line = errors[0] ?? lines.at(-1) ?? '';
  return line.replace(/^(?:npm (?:error|ERR!)|ERROR:|error:)\s*(?:\d{3}\s+)?/i, '').trim();
}

/** What to do about a failure that these lines of a tool tell of, when it is the machine's: a sentence. */
export function adviceOn(lines: readonly string[]): string | null {
  if (/ENOSPC|No space left on device|EDQUOT|Disk quota exceeded/i.test(lines.join('\n'))) {
    return 'The disk is full: make room and save a file to try again.';
  }
  if (isNetworkFailure(lines)) {
    return 'The registry cannot be reached: check network, proxy and registry settings, then save a file to try again.';
  }
  return null;
}

const NETWORK =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|Connection refused|Failed to establish a new connection|Name or service not known|Temporary failure in name resolution|error sending request|tcp connect error|dns error|Max retries exceeded|Could not connect to server|Failed to connect to|Could not resolve (?:host|proxy)|curl error (?:6|7|28|35|56)\b|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|certificate verify failed|CERTIFICATE_VERIFY_FAILED|x509:|dial tcp|no such host|i\/o timeout/i;

/** The registry was not reached; that a package was not found there means nothing then. */
export function isNetworkFailure(lines: readonly string[]): boolean {
  return lines.some((line) => NETWORK.test(line));
}
