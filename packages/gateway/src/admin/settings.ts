/** Who may use the admin API. Everything is already parsed; the shape is that of the project's options. SPEC §11. */
export interface AdminSettings {
  /** Value of `x-fn-admin-token` that passes login, local-only and the write switch; null: none does. */
  readonly token: string | null;
  readonly console: ConsoleSettings;
}

export interface ConsoleSettings {
  readonly uiEnabled: boolean;
  readonly apiEnabled: boolean;
  readonly writeEnabled: boolean;
  readonly localOnly: boolean;
  /** Null: no login. */
  readonly login: LoginSettings | null;
  /** How long a login lasts. */
  readonly sessionTtlMs: number;
  /** Requests per peer; `max` 0: no limit. */
  readonly rateLimit: { readonly max: number; readonly windowMs: number };
}

export interface LoginSettings {
  readonly username: string;
  /** `pbkdf2-sha256:…` or `scrypt:…`; wins over `password`. */
  readonly passwordHash: string | null;
  readonly password: string | null;
  /** Wrong logins of a peer before it is locked out. */
  readonly maxAttempts: number;
  readonly lockMs: number;
  readonly sessionSecret: string;
}

/** Local callers may read; nobody may write. */
export const ADMIN_DEFAULTS: AdminSettings = {
  token: null,
  console: {
    uiEnabled: false,
    apiEnabled: true,
    writeEnabled: false,
    localOnly: true,
    login: null,
    sessionTtlMs: 43_200_000,
    rateLimit: { max: 600, windowMs: 60_000 },
  },
};
