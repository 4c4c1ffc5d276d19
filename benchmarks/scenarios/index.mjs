import boot from './boot.mjs';
import coldStart from './cold-start.mjs';
import coldStartDependencies from './cold-start-dependencies.mjs';
import devReady from './dev-ready.mjs';
import eventStreams from './event-streams.mjs';
import largeBodies from './large-bodies.mjs';
import load from './load.mjs';
import manyFunctions from './many-functions.mjs';
import memory from './memory.mjs';
import policies from './policies.mjs';
import saveToAnswer from './save-to-answer.mjs';
import slowReaders from './slow-readers.mjs';
import staticFiles from './static-files.mjs';

/**
 * @typedef {{ context: import('../lib/context.mjs').Context, fleet: import('../lib/fleet.mjs').Fleet,
 *             load: import('../lib/load.mjs').LoadTool }} Tools
 * @typedef {{ id: string, title: string, interleaved: boolean, note?: string,
 *             run(tools: Tools): Promise<import('../lib/result.mjs').Result> }} Scenario
 *   `interleaved` ones come first and share the running subjects; the others start what they need on a quiet machine.
 */

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  ...load,
  ...policies,
  ...staticFiles,
  eventStreams,
  slowReaders,
  ...largeBodies,
  boot,
  coldStart,
  coldStartDependencies,
  saveToAnswer,
  devReady,
  manyFunctions,
  memory,
];
