import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Config files are written by people; anything larger is a mistake (or an attack). */
export const MAX_CONFIG_FILE_BYTES = 1024 * 1024;

export type TextRead =
  | { readonly ok: true; readonly text: string; readonly stat: Stats }
  | { readonly ok: false; readonly message: string; readonly fix: string };

/**
 * Reads a text file of at most {@link MAX_CONFIG_FILE_BYTES}, UTF-8 with or without a byte order mark. Never throws.
 * `stat` is taken before reading: a write that slips in between shows as a change at the next look.
 */
export function readTextFile(file: string): TextRead {
  let fd: number;
  try {
    // Without O_NONBLOCK the open of a named pipe waits for a writer, forever.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return unreadable(error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return refuse('It is not a regular file.', 'Put a text file there, or remove it.');
    const buffer = Buffer.allocUnsafe(Math.min(stat.size, MAX_CONFIG_FILE_BYTES) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_CONFIG_FILE_BYTES || stat.size > MAX_CONFIG_FILE_BYTES) {
      return refuse(
        `It is larger than ${MAX_CONFIG_FILE_BYTES} bytes (1 MiB).`,
        'Keep data out of config files: read it from a file of its own.',
      );
    }
    return decode(buffer.subarray(0, length), stat);
  } catch (error) {
    return unreadable(error);
  } finally {
    closeSync(fd);
  }
}

function decode(bytes: Buffer, stat: Stats): TextRead {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refuse('It is UTF-16 text.', 'Save it as UTF-8.');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return { ok: true, text, stat };
  } catch {
    // Falls through to the same answer: for the user both are "not text".
  }
  return refuse('It is not UTF-8 text.', 'Save it as UTF-8, or remove it if it is not meant to be configuration.');
}

function refuse(message: string, fix: string): TextRead {
  return { ok: false, message, fix };
}

function unreadable(error: unknown): TextRead {
  const { code } = error as NodeJS.ErrnoException;
  const reason =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : (code ?? String(error));
  return refuse(`It cannot be read: ${reason}.`, 'Check its name and permissions.');
}
