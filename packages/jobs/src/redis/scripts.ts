/**
 * What has to happen at once in Redis, as Lua. Every script is given the prefix of all keys first; times are epoch ms.
 *
 * | Key | Holds |
 * | --- | --- |
 * | `job:<id>` | hash: one job, its call and its result, with the names of the embedded store's columns |
 * | `seq` | number of the newest job |
 * | `all`, `is:<status>` | sorted sets of ids, by number |
 * | `ended` | ids of finished jobs whose callback is no longer waiting, by the time they ended: what may be removed |
 * | `untriggered` | ids that the queue library has perhaps not been told of, by the time they were made |
 * | `callbacks` | ids whose callback waits, by the time it is due, or until when somebody delivers it |
 * | `schedules` | hash: state of each schedule, as JSON |
 * | `tick:<key>` | who runs a schedule; lapses with its machine |
 * | `begun` | hash: due time of a tick that was begun and has not ended, and how often it was |
 */
const LIBRARY = `
local p = ARGV[1]
local function job(id) return p .. 'job:' .. id end
local function move(id, from, to)
  redis.call('ZREM', p .. 'is:' .. from, id)
  redis.call('ZADD', p .. 'is:' .. to, redis.call('HGET', job(id), 'seq'), id)
  redis.call('HSET', job(id), 'status', to)
end
local function remove(ids)
  for _, id in ipairs(ids) do
    local status = redis.call('HGET', job(id), 'status')
    if status then redis.call('ZREM', p .. 'is:' .. status, id) end
    redis.call('ZREM', p .. 'all', id)
    redis.call('ZREM', p .. 'ended', id)
    redis.call('DEL', job(id))
  end
end
local function prune(max)
  local surplus = -max
  for _, status in ipairs({'done', 'failed', 'canceled'}) do
    surplus = surplus + redis.call('ZCARD', p .. 'is:' .. status)
  end
  if surplus > 0 then remove(redis.call('ZRANGE', p .. 'ended', 0, math.min(surplus, 200) - 1)) end
end
local function ended(id, now, max)
  if redis.call('HEXISTS', job(id), 'callback_url') == 1 and redis.call('HGET', job(id), 'status') ~= 'canceled' then
    redis.call('ZADD', p .. 'callbacks', now, id)
  else
    redis.call('ZADD', p .. 'ended', now, id)
  end
  prune(max)
end
local function set(id, from)
  for i = from, #ARGV, 2 do redis.call('HSET', job(id), ARGV[i], ARGV[i + 1]) end
end
`;

/** `id, now, maxQueued, ...fields` → 0: full, 1: made, 2: known. */
const enqueue = `${LIBRARY}
local id = ARGV[2]
if redis.call('EXISTS', job(id)) == 1 then return 2 end
if redis.call('ZCARD', p .. 'is:queued') >= tonumber(ARGV[4]) then return 0 end
local seq = redis.call('INCR', p .. 'seq')
set(id, 5)
redis.call('HSET', job(id), 'seq', seq, 'status', 'queued')
redis.call('ZADD', p .. 'all', seq, id)
redis.call('ZADD', p .. 'is:queued', seq, id)
redis.call('ZADD', p .. 'untriggered', ARGV[3], id)
return 1
`;

/**
 * `id, now, maxInterruptions, maxFinished, lastError, waitMs, ...columns` → nil: nothing to run; a number: due then; the
 * columns: run it. A job found running was run by somebody who died, or who lost its lease.
 */
const claim = `${LIBRARY}
local id, now = ARGV[2], ARGV[3]
redis.call('ZREM', p .. 'untriggered', id)
local status = redis.call('HGET', job(id), 'status')
if status == 'queued' then
  local due, changed, at = unpack(redis.call('HMGET', job(id), 'due_at', 'updated_at', 'run_at'))
  -- Queued by a clock that was ahead, and without a time of its own: due now.
  local ahead = tonumber(changed) > tonumber(now) and tonumber(at or '0') <= tonumber(now)
  if tonumber(due) > tonumber(now) and not ahead then return due end
  move(id, 'queued', 'running')
elseif status == 'running' then
  local interruptions = redis.call('HINCRBY', job(id), 'interruptions', 1)
  if interruptions > tonumber(ARGV[4]) then
    move(id, 'running', 'failed')
    redis.call('HSET', job(id), 'last_error', ARGV[6], 'updated_at', now)
    ended(id, now, tonumber(ARGV[5]))
    return nil
  elseif interruptions > 1 then
    local due = string.format('%.0f', tonumber(now) + ARGV[7] * 2 ^ (interruptions - 2))
    move(id, 'running', 'queued')
    redis.call('HSET', job(id), 'due_at', due, 'updated_at', now)
    return due
  end
else
  return nil
end
redis.call('HINCRBY', job(id), 'runs', 1)
redis.call('HSET', job(id), 'updated_at', now)
local columns = {}
for i = 8, #ARGV do columns[#columns + 1] = ARGV[i] end
return redis.call('HMGET', job(id), unpack(columns))
`;

/** Whether this run is still the one that counts: not canceled, not taken over. */
const COUNTS = `
local id, run, now = ARGV[2], ARGV[3], ARGV[4]
if redis.call('HGET', job(id), 'status') ~= 'running' or redis.call('HGET', job(id), 'runs') ~= run then return 0 end
`;

/** `id, run, now, status, maxFinished, ...fields` → 1: done; 0: nobody asks any more. */
const finish = `${LIBRARY}${COUNTS}
redis.call('HDEL', job(id), 'last_error', 'result_status')
set(id, 7)
move(id, 'running', ARGV[5])
redis.call('HSET', job(id), 'updated_at', now)
ended(id, now, tonumber(ARGV[6]))
return 1
`;

/** `id, run, now, counter to raise or '', runs to take back, ...fields` → 1 or 0 as above. */
const requeue = `${LIBRARY}${COUNTS}
if ARGV[5] ~= '' then
  redis.call('HDEL', job(id), 'result_status')
  redis.call('HINCRBY', job(id), ARGV[5], 1)
end
set(id, 7)
if ARGV[6] ~= '0' then redis.call('HINCRBY', job(id), 'runs', '-' .. ARGV[6]) end
move(id, 'running', 'queued')
redis.call('HSET', job(id), 'updated_at', now)
return 1
`;

/** `id, now, maxFinished` → what the job was before, or nil. */
const cancel = `${LIBRARY}
local id, now = ARGV[2], ARGV[3]
local status = redis.call('HGET', job(id), 'status')
if status == 'queued' or status == 'running' then
  move(id, status, 'canceled')
  redis.call('HDEL', job(id), 'callback_status')
  redis.call('HSET', job(id), 'updated_at', now)
  redis.call('ZREM', p .. 'untriggered', id)
  ended(id, now, tonumber(ARGV[4]))
end
return status
`;

/** `now, limit, until` → ids of due callbacks, which are nobody else's until then; then when the next is due, or nil. */
const takeCallbacks = `${LIBRARY}
local ids = redis.call('ZRANGEBYSCORE', p .. 'callbacks', '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do redis.call('ZADD', p .. 'callbacks', ARGV[4], id) end
return ids
`;

/** `until, ...ids`: goes on keeping callbacks for itself. */
const keepCallbacks = `${LIBRARY}
for i = 3, #ARGV do redis.call('ZADD', p .. 'callbacks', 'XX', 'GT', ARGV[2], ARGV[i]) end
return 1
`;

/** `id, now, maxFinished, status, error or '', next due or ''`. */
const settleCallback = `${LIBRARY}
local id = ARGV[2]
if not redis.call('ZSCORE', p .. 'callbacks', id) then return 0 end
redis.call('HINCRBY', job(id), 'callback_attempts', 1)
redis.call('HSET', job(id), 'callback_status', ARGV[5])
if ARGV[6] == '' then redis.call('HDEL', job(id), 'callback_error') else redis.call('HSET', job(id), 'callback_error', ARGV[6]) end
if ARGV[7] ~= '' then
  redis.call('ZADD', p .. 'callbacks', ARGV[7], id)
else
  redis.call('ZREM', p .. 'callbacks', id)
  redis.call('ZADD', p .. 'ended', redis.call('HGET', job(id), 'updated_at'), id)
  prune(tonumber(ARGV[4]))
end
return 1
`;

/** `before`: removes finished jobs that ended before. → how many. */
const pruneByAge = `${LIBRARY}
local ids = redis.call('ZRANGEBYSCORE', p .. 'ended', '-inf', '(' .. ARGV[2], 'LIMIT', 0, 200)
remove(ids)
return #ids
`;

/** `key, expected, state` → 1: written; 0: it is no longer what was expected ('' : nothing). */
const saveSchedule = `
local p = ARGV[1]
if (redis.call('HGET', p .. 'schedules', ARGV[2]) or '') ~= ARGV[3] then return 0 end
redis.call('HSET', p .. 'schedules', ARGV[2], ARGV[4])
return 1
`;

/**
 * `key, expected, token, leaseMs, due or ''` → 1 and more: taken by us, and how often this due time was by now; 0: by somebody
 * else; -1: the state is no longer what was expected.
 */
const claimTick = `
local p = ARGV[1]
if (redis.call('HGET', p .. 'schedules', ARGV[2]) or '') ~= ARGV[3] then return -1 end
if not redis.call('SET', p .. 'tick:' .. ARGV[2], ARGV[4], 'NX', 'PX', ARGV[5]) then return 0 end
if ARGV[6] == '' then return 1 end
local due, times = string.match(redis.call('HGET', p .. 'begun', ARGV[2]) or '', '^(%S+) (%d+)$')
times = due == ARGV[6] and times + 1 or 1
redis.call('HSET', p .. 'begun', ARGV[2], ARGV[6] .. ' ' .. times)
return times
`;

/** `key, token, leaseMs` → 1: it was ours. */
const keepTick = `
local key = ARGV[1] .. 'tick:' .. ARGV[2]
if redis.call('GET', key) ~= ARGV[3] then return 0 end
redis.call('PEXPIRE', key, ARGV[4])
return 1
`;

/** `key, token`: the run has ended. → 1: it was ours. */
const endTick = `
local key = ARGV[1] .. 'tick:' .. ARGV[2]
if redis.call('GET', key) ~= ARGV[3] then return 0 end
redis.call('DEL', key)
redis.call('HDEL', ARGV[1] .. 'begun', ARGV[2])
return 1
`;

/** `...keys` → those that are running. */
const runningTicks = `
local running = {}
for i = 2, #ARGV do
  if redis.call('EXISTS', ARGV[1] .. 'tick:' .. ARGV[i]) == 1 then running[#running + 1] = ARGV[i] end
end
return running
`;

export const SCRIPTS = {
  enqueue,
  claim,
  finish,
  requeue,
  cancel,
  takeCallbacks,
  keepCallbacks,
  settleCallback,
  pruneByAge,
  saveSchedule,
  claimTick,
  keepTick,
  endTick,
  runningTicks,
} as const;

export type ScriptName = keyof typeof SCRIPTS;
