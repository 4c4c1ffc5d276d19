import { join } from 'node:path';
import { clockContract } from './contract/clock-contract.js';
import { queueContract } from './contract/queue-contract.js';
import { scheduleContract } from './contract/schedule-contract.js';
import { useSqlite } from './support/sqlite-subject.js';

const sqlite = useSqlite();

queueContract('embedded file', (options) => sqlite.subject(options));
scheduleContract('embedded file', () => sqlite.subject());
clockContract('embedded file', async () => {
  const store = await sqlite.open(join(sqlite.folder(), 'jobs.db'));
  // One process has it: the machines of a test share that one.
  return async () => store.schedules;
});
