import type { Problem, Rule } from '../check.js';
import { describeFound } from '../found.js';
import type { FunctionConfigFile } from '../schema/function-config.js';
import { toList } from '../schema/parts.js';
import { cronProblem } from './cron.js';
import { daemonsAreCounts } from './daemons.js';
import { isTimezone } from './timezone.js';

const scheduleHasOneClock: Rule<FunctionConfigFile> = ({ schedule }) => {
  if (!isObject(schedule)) return [];
  const both = schedule.cron !== undefined && schedule.every_seconds !== undefined;
  const allowed = 'exactly one of "cron" and "every_seconds"';
  if (both) return [{ path: ['schedule'], found: 'an object with both "cron" and "every_seconds"', allowed }];
  const none = schedule.cron === undefined && schedule.every_seconds === undefined;
  return none && schedule.enabled !== false
    ? [{ path: ['schedule'], found: 'an object with neither "cron" nor "every_seconds"', allowed }]
    : [];
};

const scheduleIsReadable: Rule<FunctionConfigFile> = ({ schedule }) => {
  if (!isObject(schedule)) return [];
  const problems: Problem[] = [];
  const { cron, timezone } = schedule;
  const wrong = cron === undefined ? null : cronProblem(cron);
  if (wrong) problems.push({ path: ['schedule', 'cron'], found: describeFound(cron), allowed: wrong });
  if (timezone !== undefined && !isTimezone(timezone)) {
    const allowed = 'an IANA name such as "Europe/Berlin", "UTC", "local" or an offset such as "+02:00"';
    problems.push({ path: ['schedule', 'timezone'], found: describeFound(timezone), allowed });
  }
  return problems;
};

const retryDelaysFit: Rule<FunctionConfigFile> = ({ schedule }) => {
  if (!isObject(schedule) || !isObject(schedule.retry)) return [];
  const { base_delay_seconds: base = 0, max_delay_seconds: max } = schedule.retry;
  if (max === undefined || base <= max) return [];
  const path = ['schedule', 'retry', 'max_delay_seconds'];
  return [{ path, found: describeFound(max), allowed: `at least base_delay_seconds, which is ${base}` }];
};

const warmWorkersFit: Rule<FunctionConfigFile> = ({ worker_pool: pool, keep_warm: warm }) => {
  const max = isObject(pool) ? (pool.max_workers ?? 0) : 0;
  if (max === 0) return [];
  const allowed = `at most worker_pool.max_workers, which is ${max}`;
  const problems: Problem[] = [];
  if (isObject(pool) && (pool.min_warm ?? 0) > max) {
    problems.push({ path: ['worker_pool', 'min_warm'], found: describeFound(pool.min_warm), allowed });
  }
  if (isObject(warm) && (warm.min_warm ?? 0) > max) {
    problems.push({ path: ['keep_warm', 'min_warm'], found: describeFound(warm.min_warm), allowed });
  }
  return problems;
};

/** A browser refuses `*` with credentials, and answering any origin by name would let every site act as the visitor. */
const credentialsNeedOrigins: Rule<FunctionConfigFile> = ({ cors }) => {
  if (!isObject(cors) || !cors.credentials) return [];
  if (cors.origins !== undefined && !toList(cors.origins).includes('*')) return [];
  const allowed = 'true only with "cors.origins" listing the origins by name';
  return [{ path: ['cors', 'credentials'], found: 'true for any origin', allowed }];
};

export const FUNCTION_CONFIG_RULES: readonly Rule<FunctionConfigFile>[] = [
  scheduleHasOneClock,
  scheduleIsReadable,
  retryDelaysFit,
  warmWorkersFit,
  credentialsNeedOrigins,
  daemonsAreCounts('runtime_daemons'),
];

/** A rule may meet a wrong kind of value: the schema has reported it already. */
function isObject<T>(value: T): value is Extract<T, object> {
  return typeof value === 'object' && value !== null;
}
