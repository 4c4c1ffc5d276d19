import { createRequire } from 'node:module';
import type * as Oxc from 'oxc-transform';
import { at, type Place } from '../errors.js';
import { addSourceMap } from './source-maps.js';
import type { TsConfig } from './tsconfig.js';

const require = createRequire(import.meta.url);

/** Loaded with the first TypeScript file: a worker of plain JavaScript saves its 3 MB. */
let oxc: typeof Oxc | null = null;

/**
 * TypeScript to JavaScript, one file at a time: types go, enums, namespaces, parameter properties and `import x =`
 * become code. With `experimentalDecorators` legacy decorators work too.
 *
 * @param name under which V8 will know the code, for its source map
 * @throws SyntaxError with file and line
 */
export function transpile(file: string, name: string, source: string, config: TsConfig | null): string {
  oxc ??= require('oxc-transform') as typeof Oxc;
  const legacy = config?.experimentalDecorators ?? false;
  const result = oxc.transformSync(file, source, {
    lang: 'ts',
    sourcemap: true,
    typescript: { onlyRemoveTypeImports: config?.verbatimModuleSyntax ?? false },
    ...(legacy && {
      decorator: { legacy, emitDecoratorMetadata: config?.emitDecoratorMetadata ?? false },
      helpers: { mode: 'External' as Oxc.HelperMode },
    }),
  });
  const problem = result.errors.find((error) => error.severity === 'Error');
  if (problem !== undefined) throw syntaxError(file, source, problem);
  if (legacy && Object.keys(result.helpersUsed).length > 0) installDecoratorHelpers();
  if (result.map !== undefined)
    addSourceMap(name, { ...result.map, file, sources: [file], sourcesContent: [], sourceRoot: '' });
  return result.code;
}

/**
 * Where a JavaScript module's syntax is wrong: V8 does not say it of modules made by `vm`. Null when this parser takes
 * it for right.
 */
export function findSyntaxError(file: string, code: string): Place | null {
  oxc ??= require('oxc-transform') as typeof Oxc;
  const problem = oxc
    .transformSync(file, code, { lang: 'js', sourceType: 'module' })
    .errors.find((error) => error.severity === 'Error');
  return problem === undefined ? null : { file, ...positionOf(code, problem) };
}

function syntaxError(file: string, source: string, problem: Oxc.OxcError): Error {
  const { line, column } = positionOf(source, problem);
  const error = new SyntaxError(problem.message);
  error.stack = `${file}:${line}:${column}\n${problem.codeframe?.trimEnd() ?? ''}\n\nSyntaxError: ${problem.message}`;
  return at(error, { file, line });
}

/** 1-based. */
function positionOf(source: string, problem: Oxc.OxcError): { line: number; column: number } {
  const before = source.slice(0, problem.labels[0]?.start ?? 0);
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

type Decorator = (target: unknown, key?: unknown, descriptor?: unknown) => unknown;

/** What TypeScript's own `__decorate`, `__param` and `__metadata` do, under the names that oxc calls. */
function installDecoratorHelpers(): void {
  const scope = globalThis as { babelHelpers?: Record<string, unknown> };
  scope.babelHelpers ??= {
    decorate(decorators: Decorator[], target: unknown, key?: string, descriptor?: PropertyDescriptor | null) {
      const onMember = key !== undefined;
      let result: unknown = !onMember
        ? target
        : descriptor === null
          ? Object.getOwnPropertyDescriptor(target, key)
          : descriptor;
      for (const decorator of decorators.toReversed())
        result = (onMember ? decorator(target, key, result) : decorator(result)) || result;
      if (onMember && result) Object.defineProperty(target, key, result as PropertyDescriptor);
      return result;
    },
    decorateParam: (index: number, decorator: Decorator) => (target: unknown, key: unknown) =>
      void decorator(target, key, index),
    decorateMetadata(key: string, value: unknown) {
      const { metadata } = Reflect as { metadata?: (key: string, value: unknown) => Decorator };
      return metadata?.(key, value) ?? (() => undefined);
    },
  };
}
