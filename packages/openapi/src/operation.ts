import type { Route } from '@fastfn/core';
import { PREFER_ASYNC, pathParameters, queryParameters } from './parameters.js';
import { type PathTemplate, patternNames } from './path-template.js';
import { requestBody } from './request-body.js';
import { functionResponses } from './responses.js';
import { summaryOf } from './summary.js';
import type { Operation } from './types.js';

export const DEFAULT_TAG = 'functions';

/** One method of one path, before operations are named. */
export interface OperationPlan {
  readonly template: PathTemplate;
  readonly method: string;
  /** The route that is documented: the host-free one if there is one. */
  readonly route: Route;
  /** Routes of other hosts on the same path and method; OpenAPI has room for one operation. */
  readonly others: readonly Route[];
}

export function toOperation({ template, method, route, others }: OperationPlan, operationId: string): Operation {
  const { docs, policy } = route.fn;
  const parameters = [
    ...pathParameters(template.params),
    ...queryParameters(docs.query),
    ...(policy.async ? [PREFER_ASYNC] : []),
  ];
  const description = describe(template, route, others);
  const body = requestBody(method, docs);
  return {
    operationId,
    summary: summaryOf(route),
    ...(description !== '' && { description }),
    tags: docs.tags.length > 0 ? docs.tags : [DEFAULT_TAG],
    ...(docs.deprecated && { deprecated: true }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && { requestBody: body }),
    responses: functionResponses(policy, route.hosts.length > 0),
  };
}

/** The function's own words, then what OpenAPI cannot say in fields. Markdown. */
function describe(template: PathTemplate, route: Route, others: readonly Route[]): string {
  return [
    route.fn.docs.description?.trim() ?? '',
    catchAllNote(template),
    renameNote(template, route),
    route.hosts.length > 0 ? `Answers only for ${hostList(route)}.` : '',
    ...others.map((other) => `For ${hostList(other)} another function answers: ${summaryOf(other)}.`),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function catchAllNote({ params }: PathTemplate): string {
  const last = params.at(-1);
  return last?.catchAll ? `\`{${last.name}}\` stands for the rest of the path and may contain slashes.` : '';
}

/** Methods of one path share its template, but each handler knows the parameters by its own names. */
function renameNote({ params }: PathTemplate, route: Route): string {
  const names = patternNames(route.pattern);
  const renamed = params.flatMap(({ name }, index) =>
    names[index] === name ? [] : [`\`{${name}}\` reaches the handler as \`${names[index]}\`.`],
  );
  return renamed.join(' ');
}

function hostList({ hosts }: Route): string {
  return hosts.length === 0 ? 'other hosts' : hosts.map((host) => `\`${host}\``).join(', ');
}
