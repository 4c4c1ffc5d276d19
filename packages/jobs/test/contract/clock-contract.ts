import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import type { ScheduleStore } from '../../src/schedule-store.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { bench, every, HOUR, START } from '../support/scheduler-bench.js';

const MINUTE = 60_000;
const DAY = 24 * HOUR;
/** Machines that run beside each other go on in turn by so much. */
const STEP_MS = 250;

/** The schedules of a store as a machine with this clock opens it; those of one test share what is in it. */
type OpenAt = (clock: Clock) => Promise<ScheduleStore>;

/** What clocks that jump must not do to schedules, whatever store they are in: ticks neither stop nor come in a burst. */
export function clockContract(name: string, makeOpen: () => Promise<OpenAt>): void {
  describe(`${name}: a clock that jumps`, () => {
    const hourly = { schedule: { enabled: true, cron: '0 * * * *' } };

    test.each([
      ['an interval', every(60), MINUTE],
      ['cron', hourly, HOUR],
    ])('forwards by a day, %s: one tick is made up for, then they go on', async (_, fn, period) => {
      const { clock, begin, ran } = await machine(await makeOpen());
      await begin({ tick: fn });
      await clock.advance(period);
      expect(ran).toHaveLength(1);
      clock.jump(DAY + period / 2);
      await clock.advance(1000);
      expect(ran).toHaveLength(2);
      await clock.advance(3 * period);
      expect(ran).toHaveLength(5);
    });

    test('forwards by a day, without catch_up: none is made up for', async () => {
      const { clock, begin, ran } = await machine(await makeOpen());
      await begin({ tick: every(60, { catchUp: false }) });
      await clock.advance(MINUTE);
      clock.jump(DAY + MINUTE / 2);
      await clock.advance(1000);
      expect(ran).toHaveLength(1);
      await clock.advance(3 * MINUTE);
      expect(ran).toHaveLength(4);
    });

    test.each([
      ['an interval', every(60), MINUTE],
      ['cron', hourly, HOUR],
    ])('back by a day, %s: they go on', async (_, fn, period) => {
      const { clock, begin, ran } = await machine(await makeOpen());
      await begin({ tick: fn });
      await clock.advance(period);
      clock.jump(-DAY);
      await clock.advance(3 * period + 1000);
      expect(ran).toHaveLength(4);
    });

    test('back by seconds: no tick of a cron comes twice', async () => {
      const { clock, begin, ran } = await machine(await makeOpen());
      await begin({ tick: hourly });
      await clock.advance(HOUR + 500);
      clock.jump(-2000);
      await clock.advance(HOUR);
      expect(ran).toHaveLength(1);
      await clock.advance(2000);
      expect(ran).toHaveLength(2);
    });

    test('forwards, and back when that is noticed: they go on, none but one extra', async () => {
      const { clock, begin, ran } = await machine(await makeOpen());
      await begin({ tick: every(60) });
      await clock.advance(MINUTE);
      clock.jump(DAY);
      await clock.advance(2 * MINUTE);
      clock.jump(-DAY);
      await clock.advance(3 * MINUTE);
      // Six minutes, and the one that was made up for.
      expect(ran.length).toBeGreaterThanOrEqual(6);
      expect(ran.length).toBeLessThanOrEqual(7);
    });

    test('while the server is off: one tick is made up for', async () => {
      const open = await makeOpen();
      const first = await machine(open);
      await first.begin({ tick: every(60) });
      await first.clock.advance(MINUTE);
      await first.scheduler.stop(0);
      const second = await machine(open, DAY);
      await second.begin({ tick: every(60) });
      await second.clock.advance(1000);
      expect(second.ran).toHaveLength(1);
      await second.scheduler.stop(0);
      const third = await machine(open, -DAY);
      await third.begin({ tick: every(60) });
      await third.clock.advance(2 * MINUTE);
      expect(third.ran).toHaveLength(2);
    });
  });
}

/** The same where several machines share the store, each with a clock of its own. */
export function sharedClockContract(name: string, makeOpen: () => Promise<OpenAt>): void {
  describe(`${name}: clocks of several machines`, () => {
    async function three() {
      const open = await makeOpen();
      const machines = await Promise.all([machine(open), machine(open), machine(open)]);
      for (const { begin } of machines) await begin({ tick: every(60) });
      return { machines, count: () => machines.reduce((sum, { ran }) => sum + ran.length, 0) };
    }

    test.each([
      ['forwards', DAY + MINUTE / 2, 1],
      ['back', -DAY, 0],
    ])('all jump %s by a day: at most one tick is made up for among them', async (_, ms, extra) => {
      const { machines, count } = await three();
      await together(machines, MINUTE + 1000);
      expect(count()).toBe(1);
      for (const { clock } of machines) clock.jump(ms);
      await together(machines, 3 * MINUTE);
      expect(count()).toBeGreaterThanOrEqual(3);
      expect(count()).toBeLessThanOrEqual(4 + extra);
    });

    test('one goes a day ahead, and is gone: the others go on', async () => {
      const { machines, count } = await three();
      await together(machines, MINUTE + 1000);
      const wrong = machines.shift()!;
      wrong.clock.jump(DAY);
      await wrong.clock.advance(2 * MINUTE);
      await wrong.scheduler.stop(0);
      const before = count();
      await together(machines, 3 * MINUTE);
      expect(count() - before).toBeGreaterThanOrEqual(2);
      expect(count() - before).toBeLessThanOrEqual(4);
    });

    test('one goes a day ahead, and is set right: each tick runs on one again', async () => {
      const { machines, count } = await three();
      const { clock } = machines[0]!;
      await together(machines, MINUTE + 1000);
      clock.jump(DAY);
      await together(machines, 2 * MINUTE);
      clock.jump(-DAY);
      await together(machines, MINUTE);
      const before = count();
      await together(machines, 4 * MINUTE);
      expect(count() - before).toBeGreaterThanOrEqual(3);
      expect(count() - before).toBeLessThanOrEqual(5);
    });
  });
}

/** A machine whose clock is so far off. */
async function machine(open: OpenAt, offsetMs = 0) {
  let waiting = 0;
  /** What the store is asked for takes real time: no clock goes on before it has answered. */
  const idle = async (): Promise<void> => {
    do await settle();
    while (waiting > 0);
  };
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    waiting++;
    try {
      return await work;
    } finally {
      waiting--;
    }
  };
  const clock = new FakeClock(START + offsetMs, idle);
  // Leases lapse in real time.
  const store = await open({ now: () => clock.now(), after: systemClock.after });
  const schedules: ScheduleStore = {
    load: () => counted(store.load()),
    save: (key, state) => counted(store.save(key, state)),
    running: (keys) => counted(store.running(keys)),
    forget: (keys) => counted(store.forget(keys)),
    async claim(key, due) {
      const claim = await counted(store.claim(key, due));
      return claim.taken ? claim : { ...claim, finish: (state) => counted(claim.finish(state)) };
    },
  };
  const made = bench({ clock, schedules });
  onTestFinished(() => made.scheduler.stop(0));
  return made;
}

async function together(machines: readonly { readonly clock: FakeClock }[], ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    for (const { clock } of machines) await clock.advance(STEP_MS);
  }
}
