import type { Case } from '../case.js';
import { adapterCases } from './adapters.js';
import { proxyCases, secretCases } from './beyond.js';
import { bodyCases } from './body.js';
import { eventCases } from './event.js';
import { lifecycleCases, reloadCases } from './lifecycle.js';
import { limitCases } from './limits.js';
import { dependencyCases, packCases } from './packages.js';
import { callableCases, parameterCases } from './parameters.js';
import { environmentCases, errorCases, moduleStateCases, outputCases } from './process.js';
import { invalidResponseCases, responseCases } from './responses.js';
import { streamingCases } from './streaming.js';

/** The whole list, in the order in which it runs. */
export const CASES: readonly Case[] = [
  ...eventCases,
  ...bodyCases,
  ...parameterCases,
  ...callableCases,
  ...moduleStateCases,
  ...outputCases,
  ...errorCases,
  ...environmentCases,
  ...responseCases,
  ...invalidResponseCases,
  ...streamingCases,
  ...adapterCases,
  ...proxyCases,
  ...secretCases,
  ...dependencyCases,
  ...packCases,
  ...limitCases,
  ...lifecycleCases,
  ...reloadCases,
];
