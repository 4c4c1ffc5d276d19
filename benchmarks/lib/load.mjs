import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installNpmPeers } from './peers.mjs';
import { findTool, run, versionOf } from './tools.mjs';

/**
 * Load from another process, always to 127.0.0.1, bounded in time and connections.
 *
 * @typedef {{ path: string, method?: string, headers?: Record<string, string>, bodyBytes?: number }} LoadRequest
 * @typedef {{ requests: number, rps: number, p50Us: number, p99Us: number, errors: number }} LoadResult
 * @typedef {{ name: string, run(port: number, request: LoadRequest, options: { connections: number, seconds: number }): Promise<LoadResult> }} LoadTool
 */

/**
 * wrk when it is installed (it costs the machine least), else autocannon.
 * @param {import('./context.mjs').Context} context
 * @returns {Promise<LoadTool>}
 */
export async function chooseLoadTool(context) {
  const wrk = findTool('wrk');
  if (wrk) return wrkTool(wrk, context);
  const folder = await installNpmPeers(context);
  return autocannonTool(join(folder, 'node_modules/autocannon/autocannon.js'), context);
}

/**
 * @param {string} wrk
 * @param {import('./context.mjs').Context} context
 * @returns {LoadTool}
 */
function wrkTool(wrk, context) {
  const version = versionOf(wrk, '--version')?.match(/wrk (?:debian\/)?([\d.]+)/)?.[1] ?? '';
  return {
    name: `wrk ${version}`.trim(),
    async run(port, { path, method = 'GET', headers = {}, bodyBytes = 0 }, { connections, seconds }) {
      const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '30s'];
      for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
      if (method !== 'GET') {
        const script = context.dir(`wrk-${method}-${bodyBytes}.lua`);
        writeFileSync(
          script,
          `wrk.method = "${method}"\nwrk.body = string.rep("0123456789abcdef", ${bodyBytes / 16})\n`,
        );
        args.push('-s', script);
      }
      const url = `http://127.0.0.1:${port}${path}`;
      const text = await run(wrk, [...args, url], { signal: context.signal, timeoutMs: (seconds + 40) * 1000 });
      return parseWrk(text);
    },
  };
}

/**
 * @param {string} text what wrk prints
 * @returns {LoadResult}
 */
export function parseWrk(text) {
  const number = (/** @type {RegExp} */ pattern) => Number(text.match(pattern)?.[1] ?? 0);
  const socket = text.match(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/);
  const socketErrors = socket ? socket.slice(1).reduce((sum, n) => sum + Number(n), 0) : 0;
  return {
    requests: number(/(\d+) requests in/),
    rps: number(/Requests\/sec:\s+([\d.]+)/),
    p50Us: duration(text.match(/ 50%\s+(\S+)/)?.[1]),
    p99Us: duration(text.match(/ 99%\s+(\S+)/)?.[1]),
    errors: socketErrors + number(/Non-2xx or 3xx responses: (\d+)/),
  };
}

/** @param {string | undefined} text `71.00us`, `1.30ms`, `2.10s` */
function duration(text) {
  const match = text?.match(/^([\d.]+)(us|ms|s|m)$/);
  if (!match) return 0;
  const scale = { us: 1, ms: 1e3, s: 1e6, m: 6e7 }[match[2]] ?? 1;
  return Number(match[1]) * scale;
}

/**
 * @param {string} script
 * @param {import('./context.mjs').Context} context
 * @returns {LoadTool}
 */
function autocannonTool(script, context) {
  return {
    name: `autocannon ${versionOf(process.execPath, script, '--version')?.match(/[\d.]+/)?.[0] ?? ''}`.trim(),
    async run(port, { path, method = 'GET', headers = {}, bodyBytes = 0 }, { connections, seconds }) {
      const args = [script, '--json', '--no-progress', '-c', `${connections}`, '-d', `${seconds}`, '-m', method];
      for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`);
      if (bodyBytes > 0) {
        const file = context.dir(`body-${bodyBytes}`);
        writeFileSync(file, '0123456789abcdef'.repeat(bodyBytes / 16));
        args.push('-i', file);
      }
      const url = `http://127.0.0.1:${port}${path}`;
      const text = await run(process.execPath, [...args, url], {
        signal: context.signal,
        timeoutMs: (seconds + 40) * 1000,
      });
      const report = JSON.parse(text);
      return {
        requests: report.requests.total,
        rps: report.requests.average,
        p50Us: report.latency.p50 * 1e3,
        p99Us: report.latency.p99 * 1e3,
        errors: report.errors + report.timeouts + report.non2xx,
      };
    },
  };
}
