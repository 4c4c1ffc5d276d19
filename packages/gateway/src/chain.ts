import { reservedPaths } from './admin/reserved.js';
import { assetsFirst } from './assets/step.js';
import { fallbacks } from './fallbacks.js';
import { home } from './home/step.js';
import { identify } from './identify.js';
import { invoke } from './invoke.js';
import { matchRoute } from './match.js';
import { allowedHost } from './policies/allowed-host/allowed-host.js';
import { bodyLimit } from './policies/body-limit/body-limit.js';
import { readBody } from './policies/body-limit/read-body.js';
import { conflict } from './policies/conflict/conflict.js';
import { cors } from './policies/cors/cors.js';
import { methods } from './policies/methods/methods.js';
import { ready } from './policies/ready/ready.js';
import { respondAsync } from './policies/respond-async/respond-async.js';
import type { Step } from './step.js';
import { takeTarget } from './take-target.js';

/** The way of a request, in order. SPEC §3; ARCHITECTURE, "The data path". */
export const CHAIN: readonly Step[] = [
  identify, // request id, client address
  takeTarget, // 400 bad_request
  reservedPaths, // /_fn, /console
  ready, // 503 starting, shutting_down
  home, // `/` and folder homes
  assetsFirst, // unless run_worker_first
  matchRoute, // host, method, path → function; /<name>@<version>
  conflict, // 409
  allowedHost, // 421
  cors, // preflight
  methods, // 405, OPTIONS
  fallbacks, // assets, single-page app, /docs, landing, 404
  bodyLimit, // 413 by announced length
  readBody, // 413 by real length
  respondAsync, // 202, a job
  invoke, // function → answer
];
