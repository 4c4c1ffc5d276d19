import { isUtf8 } from 'node:buffer';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputStreamNumber } from '@fastfn/protocol';
import type { Files } from './files.js';
import { type HostFunction, type LuaValues, shimSource } from './lua-machine.js';
import type { FoundModule } from './modules.js';

/** What the functions of one worker act upon; known once it is told which function it serves. */
export interface HostSurroundings {
  output(stream: OutputStreamNumber, bytes: Buffer): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  findModule(name: string): FoundModule | string;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * All that Lua can ask of this process, by the names that `shim/*.lua` knows; null is its `null`. A function that throws gives nil
 * and the message.
 *
 * @param surroundings asked on each call
 */
export function hostFunctions(surroundings: () => HostSurroundings): Record<string, HostFunction | null> {
  const files = (): Files => surroundings().files;
  /** True when it did not throw. */
  const done =
    (action: (args: LuaValues) => void): HostFunction =>
    (args) => {
      action(args);
      return true;
    };
  let temporary = 0;

  return {
    null: null,
    source: (args) => shimSource(args.text(1)),
    is_utf8: (args) => isUtf8(args.bytes(1)),
    base64: (args) => args.bytes(1).toString('base64'),
    unbase64(args) {
      const text = args.text(1).replace(/\s+/g, '');
      return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, 'base64') : null;
    },
    http_date: (args) => new Date(args.number(1)).toUTCString(),
    now: () => Date.now() / 1000,
    clock: () => performance.now() / 1000,
    getenv: (args) => surroundings().env[args.text(1)],
    output(args) {
      surroundings().output(args.number(1) as OutputStreamNumber, args.bytes(2));
      return [];
    },
    find_module(args) {
      const found = surroundings().findModule(args.text(1));
      return typeof found === 'string' ? [null, found] : [found.path, found.source, found.file];
    },

    file_open: (args) => files().open(args.text(1), args.text(2)),
    file_read: (args) => files().read(args.number(1), args.number(2), args.number(3)),
    file_write: done((args) =>
      files().write(args.number(1), args.isNil(2) ? null : args.number(2), Buffer.from(args.bytes(3))),
    ),
    file_size: (args) => files().size(args.number(1)),
    file_close: done((args) => files().close(args.number(1))),
    file_info(args) {
      const { kind, size, modified } = files().info(args.text(1));
      return [kind, size, modified];
    },
    list_folder: (args) =>
      files()
        .list(args.text(1))
        .map((name) => `${name}\0`)
        .join(''),
    make_folder: done((args) => files().makeFolder(args.text(1))),
    remove_folder: done((args) => files().removeFolder(args.text(1))),
    remove_file: done((args) => files().remove(args.text(1))),
    rename_file: done((args) => files().rename(args.text(1), args.text(2))),
    temp_name: () => join(surroundings().env.TMPDIR ?? tmpdir(), `lua_${process.hrtime.bigint()}_${++temporary}`),
  };
}
