import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { FastFnError } from '@fastfn/core';

const MAX_PATH = 512;
const MAX_SEGMENTS = 12;
/** Settings and secrets have endpoints of their own, which check and mask. Lower case. */
const SETTINGS: ReadonlySet<string> = new Set([
  'fn.config.json',
  'fn.env.json',
  'fn.routes.json',
  'fastfn.json',
  'fastfn.toml',
]);

/** Whether a file name belongs to the project's settings, on file systems of any case. */
export function isSettingsFile(name: string): boolean {
  return SETTINGS.has(name.toLowerCase());
}

/**
 * The absolute path of a file below a folder.
 * @param path relative, with `/`, as a caller gave it.
 * @throws FastFnError `bad_request` for a path that could lead elsewhere; `forbidden` for settings files and for links
 * that lead out of the folder.
 */
export function containedFile(folder: string, path: string): string {
  const segments = path.split('/');
  if (path === '' || path.length > MAX_PATH || segments.length > MAX_SEGMENTS) throw badPath(path);
  if (!segments.every(isPlainSegment)) throw badPath(path);
  const file = join(folder, ...segments);
  const real = realPathOf(file);
  if (!isBelow(realpathSync(folder), real)) throw new FastFnError('forbidden', 'The path leads out of the folder.');
  if ([...segments, ...real.split(sep)].some(isSettingsFile)) {
    throw new FastFnError(
      'forbidden',
      'Settings are not read or written as files; use function-config and function-env.',
    );
  }
  return file;
}

/** Whether `path` is `folder` or lies below it. Both real. */
export function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where a path really leads; for what does not exist yet, by way of the folders that do. */
function realPathOf(file: string): string {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    try {
      return realpathSync(file);
    } catch {
      throw new FastFnError('forbidden', 'The path is a link that leads nowhere.');
    }
  }
  const above = dirname(file);
  return join(realPathOf(above), file.slice(above.length + 1));
}

/** Drive letters, separators of another system, what no terminal should be shown, and halves of characters. */
const UNFIT = /[\\:\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;

/** Names of dotfiles and `..` are no part of any path we take. */
function isPlainSegment(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.') && !UNFIT.test(segment);
}

function badPath(path: string): FastFnError {
  const shown = path.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
  return new FastFnError('bad_request', `"${shown}" is no path here; give one relative to the function's folder.`, {
    details: { problems: [{ key: 'path', message: 'must be a relative path without "..", dotfiles or NUL' }] },
  });
}
