import { resolve } from 'node:path';
import { FastFnError, type FunctionSpec, type RuntimeAdapter } from '@fastfn/core';
import { Builder } from './builder.js';
import { daemonCommand } from './daemon-command.js';
import { findCargo } from './find-cargo.js';
import { shimHash } from './shim.js';

export interface RustRuntimeOptions {
  /** Path or name of cargo (`FN_CARGO_BIN`); default: `cargo` on PATH. */
  readonly bin?: string;
  /** Environment of cargo and the daemon, over the one they get anyway; also decides, with its PATH, which cargo is found. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment of builds, where what begins with `FN_` is left out; default: our own. */
  readonly toolEnv?: NodeJS.ProcessEnv;
  /**
   * Where projects, binaries and cargo's target folder lie. Default: `.fastfn/rust` below the functions root, and the user's
   * cache folder for the daemon. The target folder follows `CARGO_TARGET_DIR` when that is set.
   */
  readonly cacheDir?: string;
}

/** The host half of Rust: finds cargo, builds handlers, and says how to start the daemon that runs them. */
export function createRustRuntime(options: RustRuntimeOptions = {}): RuntimeAdapter {
  const { bin = 'cargo', env = {}, toolEnv = process.env, cacheDir } = options;
  let tool = { version: '', toolKey: '' };
  const builders = new Map<string, Builder>();

  const builderFor = (root: string): Builder => {
    const folder = resolve(cacheDir ?? `${root}/.fastfn/rust`);
    let builder = builders.get(folder);
    if (builder === undefined) {
      const cargoEnv = buildEnv({ ...toolEnv, ...env });
      const flags = [cargoEnv.RUSTFLAGS, cargoEnv.CARGO_BUILD_RUSTFLAGS, cargoEnv.CARGO_BUILD_TARGET].join('\0');
      builder = new Builder({
        cacheDir: folder,
        targetDir: resolve(cargoEnv.CARGO_TARGET_DIR || `${folder}/target`),
        cargo: bin,
        env: cargoEnv,
        toolKey: `${tool.toolKey}\0${flags}`,
      });
      builders.set(folder, builder);
    }
    return builder;
  };

  return {
    runtime: 'rust',
    // Calls run on threads of one process.
    defaultConcurrency: 0,
    // One run of cargo for all that wait.
    gathersPreparations: true,
    async detect() {
      const { rustc, ...status } = await findCargo(bin, { ...toolEnv, ...env });
      if (status.ok) tool = { version: status.version, toolKey: `${rustc}\0${shimHash()}` };
      return status;
    },
    daemonCommand({ socket }) {
      return daemonCommand({ socket, cargo: bin, cacheDir, env, tool: `Rust ${tool.version}`, toolKey: tool.toolKey });
    },
    async prepare(fn, prepareOptions) {
      checkAdapter(fn);
      checkPacks(fn);
      const binary = await builderFor(fn.root).build(fn, prepareOptions);
      return { entry: binary, env: {}, readPaths: [binary, `${binary}.files`] };
    },
    async close() {
      await Promise.all([...builders.values()].map((builder) => builder.close()));
    },
  };
}

function checkAdapter({ adapter, name }: FunctionSpec): void {
  if (adapter === null) return;
  const message = `\`invoke.adapter\` of ${name} is ${adapter}, which a Rust handler cannot have: remove it.`;
  throw new FastFnError('invalid_config', message);
}

/** Crates are compiled into the handler: there is no folder of them to share at run time. */
function checkPacks({ sharedDeps, name }: FunctionSpec): void {
  if (sharedDeps.length === 0) return;
  const message =
    `\`shared_deps\` of ${name} names packs, which Rust does not have: remove it, and name crates in the \`[dependencies]\` of a ` +
    'Cargo.toml beside the handler; a `path` may lead to a folder that several handlers share.';
  throw new FastFnError('invalid_config', message);
}

/** Build scripts of dependencies run with it: the gateway's own secrets are not theirs. */
function buildEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { CARGO_TERM_COLOR: 'never' };
  for (const [name, value] of Object.entries(env)) if (!name.startsWith('FN_')) result[name] = value;
  return result;
}
