import type { Diagnostic, LogLevel, PolicyDefaults, Runtime } from '@fastfn/core';
import type { Binary } from '../schema/project-file.js';

/** `run` is production; every other command behaves like `dev`. */
export type Mode = 'dev' | 'run';

/** Commands of the CLI that load options. */
export type Command = 'dev' | 'run' | 'routes' | 'invoke' | 'logs' | 'docs' | 'doctor' | 'check' | 'daemon';

/** Flags of the command line that are settings. SPEC §15. */
export interface Flags {
  /** As typed, or already a number. */
  port: string | number;
  /** A number or `auto`. */
  gateways: string | number;
  host: string;
  forceUrl: boolean;
  hotReload: boolean;
  strict: boolean;
  consoleWrite: boolean;
}

export type Source = 'flag' | 'env' | 'fastfn.json' | 'fn.config.json' | 'default';

/**
 * The project's settings, read once and trusted from then on: ms, bytes, absolute paths, deeply frozen.
 * Null means "not set" and is explained where it is not obvious.
 */
export interface Options {
  readonly mode: Mode;
  /** Functions root. */
  readonly root: string;
  /** Folder of the project file, or where one would be looked for. */
  readonly projectDir: string;
  /** The `fastfn.json` or `fastfn.toml` in use. */
  readonly projectFile: string | null;

  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Gateway processes that share the port. */
  readonly gateways: number;
  /** Without trailing slash. */
  readonly publicBaseUrl: string | null;
  /** CIDR notation. */
  readonly trustedProxies: readonly string[];
  readonly docsEnabled: boolean;
  readonly openapiIncludeInternal: boolean;
  /** Route answering `/`. The root config's `home` comes after it and is read with the functions. */
  readonly homeFunction: string | null;
  readonly homeRedirect: string | null;
  readonly maxAssetBytes: number;
  readonly httpVerifyTls: boolean;
  /** Lower case. */
  readonly domains: readonly string[];

  readonly namespaceDepth: number;
  /** From the environment, lower case. Those of the root config are read with the functions, so that edits count. */
  readonly ignoreDirs: readonly string[];
  readonly forceUrl: boolean;
  /** Refuse to start on any config problem. */
  readonly strict: boolean;
  readonly policyDefaults: PolicyDefaults;
  readonly strictFsAllow: readonly string[];

  /** In order of precedence. */
  readonly runtimes: readonly Runtime[];
  /** 1 where nothing is said; lua always 1, without meaning. */
  readonly runtimeDaemons: Readonly<Record<Runtime, number>>;
  /** Daemons started elsewhere: absolute socket paths. */
  readonly runtimeSockets: Readonly<Partial<Record<Runtime, readonly string[]>>>;
  /** Only what the user set: absolute paths or command names. */
  readonly runtimeBinaries: Readonly<Partial<Record<Binary, string>>>;
  /** Null: the server makes a private temporary folder and removes it. */
  readonly socketBaseDir: string | null;
  readonly maxFrameBytes: number;
  readonly healthIntervalMs: number;
  readonly buildTimeoutMs: { readonly rust: number; readonly go: number };
  readonly autoDeps: {
    readonly python: boolean;
    readonly node: boolean;
    readonly php: boolean;
    readonly inferPython: boolean;
    readonly inferNode: boolean;
    readonly inferWriteManifest: boolean;
    readonly inferStrict: boolean;
  };

  readonly hotReload: boolean;
  readonly hotReloadDebounceMs: number;
  /** True: the system reports changes; false: polling every `hotReloadIntervalMs`. */
  readonly hotReloadWatchdog: boolean;
  readonly hotReloadIntervalMs: number;

  readonly adminApiEnabled: boolean;
  readonly adminToken: string | null;
  readonly console: {
    readonly uiEnabled: boolean;
    readonly apiEnabled: boolean;
    readonly writeEnabled: boolean;
    readonly localOnly: boolean;
    /** Null: no login. */
    readonly login: {
      readonly username: string;
      /** One of the two is set; the hash wins. */
      readonly passwordHash: string | null;
      readonly password: string | null;
      readonly maxAttempts: number;
      readonly lockMs: number;
      readonly sessionSecret: string;
    } | null;
    readonly sessionTtlMs: number;
    /** `max` 0: no limit. */
    readonly rateLimit: { readonly max: number; readonly windowMs: number };
  };

  readonly scheduler: { readonly enabled: boolean };
  readonly jobs: {
    readonly enabled: boolean;
    readonly maxConcurrency: number;
    readonly maxResultBytes: number;
    /** Jobs that may wait at once. */
    readonly maxQueued: number;
    readonly keepFinished: number;
    readonly keepHours: number;
    /** Null: a key file in the state folder. */
    readonly callbackSecret: string | null;
    readonly callbackAllowPrivate: boolean;
    /** With Redis: what a server was running is taken over by another when it has been silent for this long. */
    readonly leaseMs: number;
  };
  readonly stateDir: string;
  readonly redisUrl: string | null;
  readonly log: {
    readonly level: LogLevel;
    readonly format: 'pretty' | 'json';
    /** A line for every request. */
    readonly access: boolean;
  };
}

export interface LoadOptionsInput {
  readonly command: Command;
  /** Absolute. */
  readonly cwd: string;
  /** The folder named on the command line. */
  readonly dir?: string;
  /** `--config`. */
  readonly configFile?: string;
  readonly flags?: Readonly<Partial<Flags>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LoadedOptions {
  readonly options: Options;
  /** Where each setting comes from, by its name in {@link Options} (`port`, `log.level`, `root`). */
  readonly sources: Readonly<Record<string, Source>>;
  /** Warnings: unknown keys, ignored settings. */
  readonly diagnostics: readonly Diagnostic[];
  /** The real environment with `.env` below it: what functions see of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in `environment` that come from `.env`. */
  readonly dotEnvNames: ReadonlySet<string>;
}
