/** The languages FastFN runs. SPEC §1. */
export const RUNTIMES = ['node', 'python', 'php', 'lua', 'rust', 'go'] as const;

export type Runtime = (typeof RUNTIMES)[number];

/** Who wins when several runtimes claim the same folder or name, unless `FN_RUNTIMES` orders them. SPEC §2.2. */
export const DEFAULT_RUNTIME_ORDER: readonly Runtime[] = ['go', 'lua', 'node', 'php', 'python', 'rust'];

/** Handler file extensions (with the dot, lower case) and their runtime. `*.d.ts` is never a handler. SPEC §1. */
export const HANDLER_EXTENSIONS: Readonly<Record<string, Runtime>> = {
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.ts': 'node',
  '.mts': 'node',
  '.cts': 'node',
  '.py': 'python',
  '.php': 'php',
  '.lua': 'lua',
  '.rs': 'rust',
  '.go': 'go',
};

export function isRuntime(value: unknown): value is Runtime {
  return typeof value === 'string' && (RUNTIMES as readonly string[]).includes(value);
}
