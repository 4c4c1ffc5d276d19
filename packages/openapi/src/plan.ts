import type { Route } from '@fastfn/core';
import type { OperationPlan } from './operation.js';
import { freeName, type PathTemplate, patternShape, toPathTemplate } from './path-template.js';

/** The methods that OpenAPI 3.1 can describe. */
const METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']);

/** Routes → one plan for each path and method, in the table's order. */
export function planOperations(routes: readonly Route[]): OperationPlan[] {
  const paths = new Map<string, { template: PathTemplate; methods: Map<string, Route[]> }>();
  const taken = new Set<string>();
  for (const route of routes) {
    const shape = patternShape(route.pattern);
    let entry = paths.get(shape);
    if (entry === undefined) {
      entry = { template: uniqueTemplate(route.pattern, taken), methods: new Map() };
      taken.add(entry.template.path);
      paths.set(shape, entry);
    }
    for (const method of route.methods) {
      if (!METHODS.has(method)) continue;
      const contenders = entry.methods.get(method);
      if (contenders === undefined) entry.methods.set(method, [route]);
      else contenders.push(route);
    }
  }
  return [...paths.values()].flatMap(({ template, methods }) =>
    [...methods].map(([method, contenders]) => {
      const route = contenders.find(({ hosts }) => hosts.length === 0) ?? contenders[0]!;
      return { template, method, route, others: contenders.filter((other) => other !== route) };
    }),
  );
}

/** `[slug].js` beside `[...slug].js` would both be `/{slug}`: the catch-all gets another name. */
function uniqueTemplate(pattern: string, taken: ReadonlySet<string>): PathTemplate {
  const template = toPathTemplate(pattern);
  const last = template.params.at(-1);
  if (last === undefined || !taken.has(template.path)) return template;
  const head = template.path.slice(0, template.path.lastIndexOf('{'));
  const isTaken = (name: string) =>
    taken.has(`${head}{${name}}`) || template.params.some((param) => param.name === name);
  const name = freeName(`${last.name}_path`, isTaken);
  return { path: `${head}{${name}}`, params: [...template.params.slice(0, -1), { ...last, name }] };
}
