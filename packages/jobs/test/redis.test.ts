import type { Clock } from '../src/clock.js';
import { clockContract, sharedClockContract } from './contract/clock-contract.js';
import { queueContract } from './contract/queue-contract.js';
import { scheduleContract } from './contract/schedule-contract.js';
import { describeRedis } from './support/redis-server.js';
import { useRedis } from './support/redis-subject.js';

describeRedis('Redis', () => {
  const redis = useRedis();

  queueContract('Redis', (options) => redis.subject(options));
  scheduleContract('Redis', () => redis.subject());
  const openAt = async () => {
    await redis.subject();
    return async (clock: Clock) => (await redis.open({ clock })).schedules;
  };
  clockContract('Redis', openAt);
  sharedClockContract('Redis', openAt);
});
