import { describe, expect, test } from 'vitest';
import type { StoredSchedule } from '../../src/schedule-store.js';
import type { Subject } from './queue-contract.js';

const STATE: StoredSchedule = {
  next: 2000,
  last: 1000,
  lastStatus: 500,
  lastError: 'it broke',
  retryDue: 1500,
  retryAttempt: 1,
  lastDue: 1000,
};

/** What every store must do for schedules. */
export function scheduleContract(name: string, makeSubject: () => Promise<Subject>): void {
  describe(`${name}: schedules`, () => {
    test('what is saved is there after a restart, the last of it', async () => {
      const subject = await makeSubject();
      expect((await subject.store.schedules.load()).size).toBe(0);
      await subject.store.schedules.save('node/a@default', { ...STATE, lastError: null });
      await subject.store.schedules.save('node/a@default', STATE);
      await subject.store.schedules.save('node/b@v2', { ...STATE, next: null });
      const store = await subject.reopen();
      expect(Object.fromEntries(await store.schedules.load())).toEqual({
        'node/a@default': STATE,
        'node/b@v2': { ...STATE, next: null },
      });
    });

    test('a tick belongs to whoever claims it first, and is not run twice', async () => {
      const { schedules } = (await makeSubject()).store;
      const claim = await schedules.claim('node/a@default', 1000);
      if (claim.taken) throw new Error('nobody else is there');
      expect(await schedules.claim('node/a@default', 1000)).toMatchObject({ taken: true });
      expect(await schedules.claim('node/a@default', null)).toMatchObject({ taken: true });
      expect(await schedules.claim('node/b@default', 1000)).toMatchObject({ taken: false });
      await claim.finish(STATE);
      expect(await schedules.claim('node/a@default', 1000)).toEqual({ taken: true, state: STATE });
      expect(await schedules.claim('node/a@default', 1700)).toEqual({ taken: true, state: STATE });
      expect(await schedules.claim('node/a@default', 2000)).toMatchObject({ taken: false });
    });

    test('a retry may come before the next tick', async () => {
      const { schedules } = (await makeSubject()).store;
      await schedules.save('node/a@default', STATE);
      expect(await schedules.claim('node/a@default', STATE.retryDue)).toMatchObject({ taken: false });
    });

    test('a run by hand needs only that none is running', async () => {
      const { schedules } = (await makeSubject()).store;
      const claim = await schedules.claim('node/a@default', 1000);
      if (claim.taken) throw new Error('nobody else is there');
      await claim.finish(STATE);
      expect(await schedules.claim('node/a@default', null)).toMatchObject({ taken: false });
    });

    test('a claim of a process that died lapses, and its tick is still to be run', async () => {
      const subject = await makeSubject();
      await subject.store.schedules.save('node/a@default', STATE);
      await subject.store.schedules.claim('node/a@default', 2000);
      const { schedules } = await subject.crash();
      expect((await schedules.load()).get('node/a@default')).toEqual(STATE);
      expect(await schedules.claim('node/a@default', 2000)).toMatchObject({ taken: false });
    });

    test('how often a tick was begun in vain is known to whoever claims it next', async () => {
      const subject = await makeSubject();
      let { schedules } = subject.store;
      await schedules.save('node/a@default', STATE);
      expect(await schedules.claim('node/a@default', 2000)).toMatchObject({ interruptions: 0 });
      ({ schedules } = await subject.crash());
      await schedules.load();
      expect(await schedules.claim('node/a@default', 2000)).toMatchObject({ interruptions: 1 });
      ({ schedules } = await subject.crash());
      await schedules.load();
      const claim = await schedules.claim('node/a@default', 2000);
      if (claim.taken) throw new Error('nobody else is there');
      expect(claim.interruptions).toBe(2);
      await claim.finish({ ...STATE, next: 3000, lastDue: 2000, retryDue: null });
      expect(await schedules.claim('node/a@default', 3000)).toMatchObject({ interruptions: 0 });
    });

    test('a tick that was given back begins as if for the first time', async () => {
      const { schedules } = (await makeSubject()).store;
      await schedules.save('node/a@default', STATE);
      const claim = await schedules.claim('node/a@default', 2000);
      if (claim.taken) throw new Error('nobody else is there');
      await claim.finish(STATE);
      expect(await schedules.claim('node/a@default', 2000)).toMatchObject({ taken: false, interruptions: 0 });
    });

    test('tells which are running', async () => {
      const { schedules } = (await makeSubject()).store;
      const keys = ['node/a@default', 'node/b@v2'];
      expect(await schedules.running(keys)).toEqual(new Set());
      expect(await schedules.running([])).toEqual(new Set());
      const claim = await schedules.claim('node/b@v2', null);
      if (claim.taken) throw new Error('nobody else is there');
      expect(await schedules.running(keys)).toEqual(new Set(['node/b@v2']));
      await claim.finish(STATE);
      expect(await schedules.running(keys)).toEqual(new Set());
    });

    test('what is forgotten is gone', async () => {
      const subject = await makeSubject();
      await subject.store.schedules.save('node/a@default', STATE);
      await subject.store.schedules.save('node/b@default', STATE);
      await subject.store.schedules.forget(['node/a@default', 'node/never@default']);
      expect([...(await subject.store.schedules.load()).keys()]).toEqual(['node/b@default']);
    });
  });
}
