/** `import.meta.resolve` of a module, with its second argument. */
type Resolve = (specifier: string, parent: string) => string;

/** In a variable, and not a file: a bundler must not look into it, and reading one would make libuv's threads too early. */
const MODULE = `data:text/javascript,${encodeURIComponent(
  'export const resolve = (specifier, parent) => import.meta.resolve(specifier, parent);',
)}`;

let resolve: Resolve | null = null;

/** Fetches Node's own resolver, which only ES modules are given; the worker program is none. Before {@link resolveNatively}. */
export async function prepareResolving(): Promise<void> {
  if (resolve === null) ({ resolve } = (await import(MODULE)) as { resolve: Resolve });
}

/**
 * Where Node would find a module that another imports; the flag that allows to ask for another is on the worker's
 * command line.
 * @throws the error that Node would throw
 */
export function resolveNatively(specifier: string, parent: string): string {
  return resolve!(specifier, parent);
}
