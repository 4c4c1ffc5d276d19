import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { stringify, type TomlTable } from 'smol-toml';
import { CRATE, PINNED_LOCK } from './shim.js';
import { readUserManifest, type UserManifest } from './user-manifest.js';

/**
 * Handlers are compiled for being saved again in a moment and for running all day: a hello is rebuilt in half a second, and
 * what it depends on, built once, is built for speed. `[profile.dev]` of a function's own Cargo.toml is laid over it.
 */
const PROFILE: TomlTable = {
  'opt-level': 2,
  // Panics know their line without; and a debugger does not get near a worker.
  debug: false,
  strip: 'debuginfo',
  incremental: true,
  'debug-assertions': false,
  'overflow-checks': true,
};
const DEPENDENCY_PROFILE: TomlTable = { 'opt-level': 3, 'debug-assertions': false, 'overflow-checks': false };

/** A cargo project on disk with the binary that serves one function. Functions without dependencies share one. */
export interface Project {
  /** Name of the binary, of the function's path and so the same after a restart. */
  readonly bin: string;
  readonly manifestPath: string;
  /** The generated `main.rs`. */
  readonly main: string;
  /** Everything that goes into the build, but for source files and tools. */
  readonly inputs: string;
  /** The `Cargo.lock` that cargo keeps for it. */
  readonly lock: string;
  /** There is a `Cargo.toml` beside the handler, or a `Cargo.lock`. */
  readonly hasOwnManifest: boolean;
  readonly hasOwnLock: boolean;
  /** Files of the user that the project was made of, there or not. */
  readonly files: readonly string[];
}

/**
 * Writes the project of a function.
 * @param cacheDir where projects lie, absolute.
 * @throws FastFnError `invalid_config`, `dependency_failed`
 */
export function makeProject(fn: FunctionSpec, cacheDir: string): Project {
  const bin = binName(fn);
  const user = readUserManifest(fn.folder);
  const own = user === null ? null : join(cacheDir, 'own', bin);
  const folder = own ?? join(cacheDir, 'plain');
  const main = own === null ? join(folder, 'src', 'bin', `${bin}.rs`) : join(own, 'main.rs');
  const manifestPath = join(folder, 'Cargo.toml');
  const manifest = stringify(manifestOf(bin, user));
  const source = mainSource(fn);

  mkdirSync(dirname(main), { recursive: true });
  writeIfChanged(manifestPath, manifest);
  writeIfChanged(main, source);
  const lock = join(folder, 'Cargo.lock');
  if (user?.lock) copyFileSync(user.lock, lock);
  else if (!existsSync(lock)) copyFileSync(PINNED_LOCK, lock);
  const locked = user?.lock ? readFileSync(user.lock, 'utf8') : '';
  return {
    bin,
    manifestPath,
    main,
    lock,
    hasOwnManifest: user !== null,
    hasOwnLock: user !== null && user.lock !== null,
    inputs: [manifest, source, locked].join('\0'),
    // Also when they are not there: they may come.
    files: [fn.entry, join(fn.folder, 'Cargo.toml'), join(fn.folder, 'Cargo.lock')],
  };
}

/** Leaves nothing of a function's project. */
export function removeProject(bin: string, cacheDir: string): void {
  rmSync(join(cacheDir, 'plain', 'src', 'bin', `${bin}.rs`), { force: true });
  rmSync(join(cacheDir, 'own', bin), { recursive: true, force: true });
}

/** Cargo goes by time stamps, and a file may have been replaced by an older one. */
export function touchProject({ main }: Project): void {
  writeFileSync(main, readFileSync(main));
}

function binName({ entry, handler }: FunctionSpec): string {
  const words = basename(dirname(entry)).replace(/[^A-Za-z0-9]+/g, '_');
  const hash = createHash('sha256')
    .update(`${entry}\0${handler ?? ''}`)
    .digest('hex');
  return `fn_${words.slice(0, 24)}_${hash.slice(0, 12)}`;
}

function manifestOf(bin: string, user: UserManifest | null): TomlTable {
  const { dependencies = {}, profile = {}, ...rest } = (user?.tables ?? {}) as Record<string, TomlTable>;
  const dev = { ...PROFILE, ...((profile.dev as TomlTable | undefined) ?? {}) };
  return {
    package: {
      name: user === null ? 'functions' : 'function',
      version: '0.0.0',
      edition: user?.edition ?? '2021',
      publish: false,
      ...(user !== null && { autobins: false }),
    },
    // One binary per file of src/bin, found by cargo: several processes may add theirs.
    ...(user !== null && { bin: [{ name: bin, path: 'main.rs' }] }),
    dependencies: {
      serde_json: { version: '1', features: ['preserve_order'] },
      ...dependencies,
      fastfn: { path: CRATE },
    },
    profile: { dev: { package: { '*': DEPENDENCY_PROFILE }, ...dev } },
    workspace: {},
    ...rest,
  };
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The user's file is a module, so that the compiler and panics speak of it and its lines. */
function mainSource({ entry, handler }: FunctionSpec): string {
  const name = handler ?? 'handler';
  if (!IDENTIFIER.test(name)) {
    throw new FastFnError(
      'invalid_config',
      `\`invoke.handler\` is ${JSON.stringify(name)}; name a function of ${entry}.`,
    );
  }
  const path = rustString(entry);
  return `// Made by FastFN for ${JSON.stringify(entry)}; edits are lost.
#![allow(dead_code, unused_macros)]

// What the handler prints belongs to its call, whichever others run: these know the call of their thread.
macro_rules! print { ($($arg:tt)*) => { ::fastfn::__print(1, ::std::format_args!($($arg)*), false) }; }
macro_rules! println {
    () => { ::fastfn::__print(1, ::std::format_args!(""), true) };
    ($($arg:tt)*) => { ::fastfn::__print(1, ::std::format_args!($($arg)*), true) };
}
macro_rules! eprint { ($($arg:tt)*) => { ::fastfn::__print(2, ::std::format_args!($($arg)*), false) }; }
macro_rules! eprintln {
    () => { ::fastfn::__print(2, ::std::format_args!(""), true) };
    ($($arg:tt)*) => { ::fastfn::__print(2, ::std::format_args!($($arg)*), true) };
}
macro_rules! dbg {
    () => { eprintln!("[{}:{}]", ::std::file!(), ::std::line!()) };
    ($value:expr $(,)?) => {
        match $value {
            value => {
                eprintln!("[{}:{}] {} = {:#?}", ::std::file!(), ::std::line!(), ::std::stringify!($value), &value);
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($(dbg!($value)),+,) };
}

#[path = ${path}]
mod handler;

fn main() {
    ::fastfn::__serve(handler::${name}, ${path});
}
`;
}

function rustString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Time stamps count: what has not changed is not written. Whole or not at all: another process may be reading. */
function writeIfChanged(file: string, content: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
