import { queueContract } from './contract/queue-contract.js';
import { scheduleContract } from './contract/schedule-contract.js';
import { useSqlite } from './support/sqlite-subject.js';

const sqlite = useSqlite();

queueContract('embedded file', (options) => sqlite.subject(options));
scheduleContract('embedded file', () => sqlite.subject());
