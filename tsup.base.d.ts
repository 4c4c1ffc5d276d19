import type { Options } from 'tsup';

/** The build every library of the house shares; see tsup.base.js. */
export function library(overrides?: Options): unknown;
