import type { Runtime } from '@fastfn/core';
import type { Project } from './project.js';

/** What an image needs for a language, beside Node. */
interface Toolchain {
  /** Debian packages. */
  readonly packages: readonly string[];
  /** Folders taken from other images: Debian's own Go and Rust are older than many a go.mod or crate asks for. */
  readonly copies: readonly { readonly from: string; readonly folder: string }[];
  readonly env: Readonly<Record<string, string>>;
  /** Added to PATH. */
  readonly path: readonly string[];
}

const NOTHING: Toolchain = { packages: [], copies: [], env: {}, path: [] };

const TOOLCHAINS: Readonly<Record<Runtime, Toolchain>> = {
  node: NOTHING,
  // Runs inside the gateway.
  lua: NOTHING,
  python: { ...NOTHING, packages: ['python3', 'python3-pip'] },
  php: { ...NOTHING, packages: ['php-cli'] },
  go: {
    ...NOTHING,
    copies: [{ from: 'golang:1.25-bookworm', folder: '/usr/local/go' }],
    path: ['/usr/local/go/bin'],
  },
  rust: {
    // The linker.
    packages: ['gcc', 'libc6-dev'],
    copies: [
      { from: 'rust:1-slim-bookworm', folder: '/usr/local/rustup' },
      { from: 'rust:1-slim-bookworm', folder: '/usr/local/cargo' },
    ],
    // CARGO_HOME stays the user's own, which can be written to.
    env: { RUSTUP_HOME: '/usr/local/rustup' },
    path: ['/usr/local/cargo/bin'],
  },
};

/** Needed in every image: https for handlers that use the system's certificates, and a first process that reaps others. */
const ALWAYS = ['ca-certificates', 'tini'];

/** All that the languages of a project need, together. */
export function toolchainOf({ runtimes, composer }: Pick<Project, 'runtimes' | 'composer'>): Toolchain {
  const parts = runtimes.map((runtime) => TOOLCHAINS[runtime]);
  const packages = [...ALWAYS, ...parts.flatMap((part) => part.packages), ...(composer ? ['composer', 'unzip'] : [])];
  return {
    packages: packages.sort(),
    copies: parts.flatMap((part) => part.copies),
    env: Object.assign({}, ...parts.map((part) => part.env)),
    path: parts.flatMap((part) => part.path),
  };
}
