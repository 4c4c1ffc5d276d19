import { valuesOf } from './result.mjs';
import { difference, ratio, summary } from './stats.mjs';

/**
 * What FastFN must reach and what it aims at. All but the absolute ones are ratios to a peer of the same run.
 *
 * @typedef {import('./stats.mjs').Summary} Summary
 * @typedef {readonly import('./result.mjs').Result[]} Results
 * @typedef {{ title: string, must: number, aim: number, unit: string, lower?: boolean, of(results: Results): Summary | null }} Target
 *   `lower`: less is better
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  rps('Node function / node:http, 1 process', 'fastfn-node', 'node-http', 0.8, 1),
  rps('Node function / node:http, 2 gateways, 2 processes', 'fastfn-node-x2', 'node-http-x2', 0.75, 1),
  rps('Python function / FastAPI, 1 process', 'fastfn-python-p1', 'fastapi', 1.3, 1.8),
  rps('Python function / FastAPI, 2 processes', 'fastfn-python-p2', 'fastapi-x2', 1.3, 1.8),
  rps('PHP function / nginx + php-fpm', 'fastfn-php', 'nginx-php-fpm', 1.6, 2),
  rps('Lua function / node:http', 'fastfn-lua', 'node-http', 0.7, 1),
  rps('Go function / node:http', 'fastfn-go', 'node-http', 0.75, 1),
  rps('Rust function / node:http', 'fastfn-rust', 'node-http', 0.75, 1),
  rps('Node function / Express 5', 'fastfn-node', 'express', 4, 6),
  rps('Node function / Fastify', 'fastfn-node', 'fastify', 0.9, 1.05),
  rps('Node function / Next.js route', 'fastfn-node', 'next', 25, 40),
  {
    title: 'Server CPU per request, Node function / node:http',
    must: 1.4,
    aim: 1.15,
    unit: '×',
    lower: true,
    of: (results) => ratioOf(results, 'throughput', 'cpu', 'fastfn-node', 'node-http'),
  },
  {
    title: 'p50 added at 1 connection, Node function − node:http',
    must: 130,
    aim: 90,
    unit: 'µs',
    lower: true,
    of: (results) =>
      difference(valuesOf(results, 'latency', 'fastfn-node', 'p50'), valuesOf(results, 'latency', 'node-http', 'p50')),
  },
  {
    title: 'p99 at 64 connections, Node function / node:http',
    must: 1.5,
    aim: 1,
    unit: '×',
    lower: true,
    of: (results) => ratioOf(results, 'throughput', 'p99', 'fastfn-node', 'node-http'),
  },
  {
    title: '1 MiB echo, Node function / node:http',
    must: 0.3,
    aim: 0.5,
    unit: '×',
    of: (results) => ratioOf(results, 'echo-1mib', 'rps', 'fastfn-node', 'node-http'),
  },
  {
    title: 'Limits and a JSON access log / none, 64 connections',
    must: 0.9,
    aim: 0.97,
    unit: '×',
    of: (results) => ratioOf(results, 'features', 'rps', 'limits, access log', 'no policy'),
  },
  absolute('Cold first call, Node', 60, 15, 'ms', 'cold-start', 'Node function', 'first'),
  absolute('Cold first call, Python', 25, 8, 'ms', 'cold-start', 'Python function', 'first'),
  absolute('Cold first call, PHP', 20, 8, 'ms', 'cold-start', 'PHP function', 'first'),
  absolute('Cold first call, Lua', 5, 2, 'ms', 'cold-start', 'Lua function', 'first'),
  absolute('Gateway, RSS when idle', 75, 60, 'MB', 'memory', 'gateway, idle (Node)', 'rss'),
  absolute('Node worker, USS after 1,000 calls', 20, 12, 'MB', 'memory', 'Node worker after 1000 calls', 'uss'),
  absolute('Python worker, USS after 1,000 calls', 6, 3, 'MB', 'memory', 'Python worker after 1000 calls', 'uss'),
  absolute('PHP worker, USS after 1,000 calls', 6, 3, 'MB', 'memory', 'PHP worker after 1000 calls', 'uss'),
  absolute('60 warm Node functions, PSS of all', 900, 600, 'MB', 'memory', '60 warm node functions, all', 'pss'),
  absolute('100 warm Python functions, PSS of all', 500, 250, 'MB', 'memory', '100 warm python functions, all', 'pss'),
];

/** @param {Target} target @param {number} value @param {number} bound */
export function reaches({ lower }, value, bound) {
  return lower ? value <= bound : value >= bound;
}

/**
 * @param {string} title @param {string} ours @param {string} peer @param {number} must @param {number} aim
 * @returns {Target}
 */
function rps(title, ours, peer, must, aim) {
  return { title, must, aim, unit: '×', of: (results) => ratioOf(results, 'throughput', 'rps', ours, peer) };
}

/**
 * @param {string} title @param {number} must @param {number} aim @param {string} unit
 * @param {string} scenario @param {string} subject @param {string} metric
 * @returns {Target}
 */
function absolute(title, must, aim, unit, scenario, subject, metric) {
  return {
    title,
    must,
    aim,
    unit,
    lower: true,
    of: (results) => summary(valuesOf(results, scenario, subject, metric)),
  };
}

/** @param {Results} results @param {string} scenario @param {string} metric @param {string} ours @param {string} peer */
function ratioOf(results, scenario, metric, ours, peer) {
  return ratio(valuesOf(results, scenario, ours, metric), valuesOf(results, scenario, peer, metric));
}
