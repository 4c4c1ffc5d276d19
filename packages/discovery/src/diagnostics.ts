import type { Diagnostic, Severity } from '@fastfn/core';

interface Rule {
  readonly severity: Severity;
  /** What to do about it, when the site that reports it knows nothing better. */
  readonly fix: string;
}

/**
 * All that discovery itself complains about. Config files are read by a `ConfigReader`, which has codes of its own.
 * `docs/guide/routing.md` lists the same codes; a test compares the two. SPEC §2.5.
 */
export const DISCOVERY_DIAGNOSTICS = {
  ambiguous_method: {
    severity: 'warning',
    fix: 'Keep one method in the name and make a file for each, called like `get.items` and `post.items`.',
  },
  assets_missing: { severity: 'warning', fix: 'Create the folder, or correct `assets.directory`.' },
  broken_link: { severity: 'warning', fix: 'Remove the link, or restore what it points to.' },
  catch_all_not_last: { severity: 'warning', fix: 'Move the `[...name]` part to the end of the path.' },
  config_identity_ignored: { severity: 'warning', fix: 'Remove these keys; they have no effect here.' },
  duplicate_name: { severity: 'warning', fix: 'Give each function a `name` of its own.' },
  duplicate_parameter: { severity: 'warning', fix: 'Give each parameter of a path a name of its own.' },
  empty_name: {
    severity: 'warning',
    fix: 'Rename the file using a-z, 0-9, `_` or `-`, or start its name with `_` to keep it private.',
  },
  entrypoint_missing: { severity: 'warning', fix: 'Correct `entrypoint`; it is relative to its `fn.config.json`.' },
  entrypoint_outside: {
    severity: 'error',
    fix: 'Move the handler into the folder of the function and name it there.',
  },
  invalid_assets: { severity: 'error', fix: 'Name a folder below the functions root, e.g. `"directory": "public"`.' },
  invalid_folder_name: {
    severity: 'warning',
    fix: 'Rename the folder using letters, digits, `_`, `.` and `-`, or as `[name]`, `[...name]`, `[[...name]]`.',
  },
  invalid_hint: { severity: 'warning', fix: 'Write valid JSON on one line, e.g. `@query {"name": "World"}`.' },
  invalid_home: { severity: 'warning', fix: 'Write a path: `dashboard` (in this folder) or `/portal/dashboard`.' },
  invalid_name: { severity: 'warning', fix: 'Use letters, digits, `_`, `.`, `-`, and `/` between namespaces.' },
  invalid_parameter: {
    severity: 'warning',
    fix: 'Write `[name]`, `[...name]` or `[[...name]]`, with letters, digits and `_` in the name.',
  },
  invalid_route: {
    severity: 'warning',
    fix: 'Write an absolute path of plain segments, `:name`, and at the end `:name*` or `*`.',
  },
  link_duplicate: { severity: 'warning', fix: 'Remove the link: a folder is served once, at its own place.' },
  link_outside: { severity: 'warning', fix: 'Copy what it points to below the functions root.' },
  namespace_too_deep: { severity: 'warning', fix: 'Move the function up, or raise FN_NAMESPACE_DEPTH (at most 5).' },
  no_handler: {
    severity: 'warning',
    fix: 'Add a handler file (e.g. `handler.js`), or name the existing one in `entrypoint`.',
  },
  not_a_file: { severity: 'warning', fix: 'Remove it; a handler is a regular file.' },
  reserved_route: { severity: 'warning', fix: 'Choose another URL: `/_fn` and `/console` belong to FastFN.' },
  root_is_function: {
    severity: 'info',
    fix: 'Rename the root handler to `index` to serve the whole tree, or move the files into folders of their own.',
  },
  runtime_disabled: { severity: 'info', fix: 'Add the runtime to FN_RUNTIMES.' },
  runtime_mismatch: { severity: 'warning', fix: 'Make `runtime` and the extension of `entrypoint` agree.' },
  several_entries: {
    severity: 'warning',
    fix: 'Keep one of them, or choose with `entrypoint` in `fn.config.json`; `_` at the start makes a file private.',
  },
  target_missing: { severity: 'error', fix: 'Correct the target; it is relative to its `fn.routes.json`.' },
  target_outside: { severity: 'error', fix: 'Move the handler into the folder of the `fn.routes.json`.' },
  too_deep: { severity: 'warning', fix: 'Move the folder up: routes are looked for 6 folder levels below the root.' },
  too_many_files: {
    severity: 'error',
    fix: 'Serve a smaller folder, or list data folders in `zero_config.ignore_dirs`.',
  },
  unknown_extension: {
    severity: 'error',
    fix: 'Use a handler file: .js .mjs .cjs .ts .mts .cts .py .php .lua .rs .go',
  },
  unreadable_file: { severity: 'warning', fix: 'Let the user that runs FastFN read the file.' },
  unreadable_folder: { severity: 'error', fix: 'Let the user that runs FastFN read the folder, or ignore it.' },
  version_without_url: {
    severity: 'warning',
    fix: 'Put the version below a function whose folder is not in brackets; it can be called by name meanwhile.',
  },
} as const satisfies Record<string, Rule>;

export type DiagnosticCode = keyof typeof DISCOVERY_DIAGNOSTICS;

/**
 * @param file relative to the functions root.
 * @param message what happened, one sentence for people.
 */
export function diagnose(
  code: DiagnosticCode,
  file: string,
  message: string,
  more: { key?: string; line?: number; fix?: string } = {},
): Diagnostic {
  const { severity, fix } = DISCOVERY_DIAGNOSTICS[code];
  return { code, severity, file, message, fix, ...more };
}

/** By file, then line, then code: the same tree gives the same list. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || compare(a.code, b.code),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
