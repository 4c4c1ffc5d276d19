import type { Diagnostic, EnvFile, FunctionConfig, RoutesFile } from '@fastfn/core';
import type * as z from 'zod';
import { type Checked, type CheckOptions, check, type Issue } from './check.js';
import { normaliseEnvFile } from './normalise/env-file.js';
import { normaliseFunctionConfig } from './normalise/function-config.js';
import { normaliseProjectFile, type ProjectSettings, projectSettingsOfRoot } from './normalise/project.js';
import { normaliseRoutesFile } from './normalise/routes-file.js';
import { daemonsAreCounts } from './rules/daemons.js';
import { envNamesAreNames } from './rules/env-file.js';
import { FUNCTION_CONFIG_RULES } from './rules/function-config.js';
import { envFileSchema } from './schema/env-file.js';
import {
  type FunctionConfigFile,
  functionConfigSchema,
  PROJECT_KEYS,
  ROOT_ONLY_KEYS,
} from './schema/function-config.js';
import { projectFileSchema } from './schema/project-file.js';
import { routesFileSchema } from './schema/routes-file.js';
import { dotted, type Path, type TextDocument } from './text/document.js';
import { parseJsonDocument } from './text/json-document.js';
import { parseTomlDocument } from './text/toml-document.js';

/** A parsed config file: its value, or null when a diagnostic of `error` severity refuses it. */
export interface Parsed<T> {
  readonly value: T | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a `fn.config.json` says of functions, and in the functions root of the project. */
export interface ParsedFunctionConfig {
  readonly config: FunctionConfig;
  readonly project: ProjectSettings;
}

/**
 * @param file as shown in diagnostics.
 * @param isRoot true for the one in the functions root, where assets and project settings count.
 */
export function parseFunctionConfig(text: string, file: string, isRoot: boolean): Parsed<ParsedFunctionConfig> {
  return parse(parseJsonDocument(text), file, (raw) => {
    const { value, issues } = check(functionConfigSchema, raw, {
      isOptionalPart: optionalPart,
      rules: FUNCTION_CONFIG_RULES,
    });
    const misplaced = isRoot ? [] : dropMisplaced(raw, value);
    return {
      value: value && { config: normaliseFunctionConfig(value), project: isRoot ? projectSettingsOfRoot(value) : {} },
      issues: [...issues, ...misplaced],
    };
  });
}

export function parseRoutesFile(text: string, file: string): Parsed<RoutesFile> {
  return parse(parseJsonDocument(text), file, checkAnd(routesFileSchema, normaliseRoutesFile));
}

export function parseEnvFile(text: string, file: string): Parsed<EnvFile> {
  const document = parseJsonDocument(text);
  const normalise = (value: z.infer<typeof envFileSchema>) => normaliseEnvFile(value, document.sourceOf);
  return parse(document, file, checkAnd(envFileSchema, normalise, { secret: true, rules: [envNamesAreNames] }));
}

export function parseProjectFile(text: string, file: string): Parsed<ProjectSettings> {
  const document = file.endsWith('.toml') ? parseTomlDocument(text) : parseJsonDocument(text);
  const rules = [daemonsAreCounts('runtime-daemons')];
  return parse(document, file, checkAnd(projectFileSchema, normaliseProjectFile, { rules }));
}

function checkAnd<S extends z.ZodType, T>(
  schema: S,
  normalise: (value: z.infer<S>) => T,
  options?: CheckOptions<z.infer<S>>,
) {
  return (raw: unknown): Checked<T> => {
    const { value, issues } = check(schema, raw, options);
    return { value: value === null ? null : normalise(value), issues };
  };
}

function parse<T>(document: TextDocument, file: string, checkValue: (raw: unknown) => Checked<T>): Parsed<T> {
  const textual = document.problems.map(
    (problem): Diagnostic => ({ ...problem, file, message: `${file}: ${problem.message}` }),
  );
  if (document.problems.some(({ severity }) => severity === 'error')) return { value: null, diagnostics: textual };
  const { value, issues } = checkValue(document.value);
  const diagnostics = [...textual, ...issues.map((issue) => toDiagnostic(issue, file, document))];
  return { value, diagnostics: diagnostics.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function toDiagnostic({ at, message, ...rest }: Issue, file: string, document: TextDocument): Diagnostic {
  const line = document.lineOf(at);
  return {
    ...rest,
    file,
    ...(at.length > 0 && { key: dotted(at) }),
    ...(line !== undefined && { line }),
    message: `${file}: ${message}`,
  };
}

/**
 * A broken value of these is passed over without refusing the file (SPEC §16 for home and assets, §2.2 for single
 * routes).
 */
function optionalPart(path: Path): Path | null {
  if (path[0] === 'assets') return ['assets'];
  if (path[0] === 'home') return path.slice(0, 2);
  return path[0] === 'invoke' && path[1] === 'routes' && path.length === 3 ? path : null;
}

/** Takes what counts only in the functions root out of another folder's config. */
function dropMisplaced(raw: unknown, value: FunctionConfigFile | null): Issue[] {
  if (value === null) return [];
  const plain = (name: string) => name.replace(/[-_]/g, '').toLowerCase();
  return [...ROOT_ONLY_KEYS, ...PROJECT_KEYS].flatMap((key) => {
    if (value[key] === undefined) return [];
    delete value[key];
    const spelled = Object.keys(raw as object).find((name) => plain(name) === plain(key)) ?? key;
    return {
      severity: 'warning',
      code: 'misplaced_key',
      at: [spelled],
      message: `"${spelled}" counts only in the functions root; it is ignored here.`,
      fix: 'Move it to fn.config.json in the functions root, or remove it.',
    } as const;
  });
}
