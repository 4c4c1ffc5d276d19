import { isOver, type ScheduleStore, type StoredSchedule } from '../schedule-store.js';

/** State of schedules for a server that has nowhere to keep it: they run, and are forgotten with the process. */
export function memorySchedules(): ScheduleStore {
  const states = new Map<string, StoredSchedule>();
  const claimed = new Set<string>();
  return {
    load: async () => new Map(states),
    save: async (key, state) => void states.set(key, state),
    async claim(key, due) {
      const state = states.get(key) ?? null;
      if (claimed.has(key) || (due !== null && state !== null && isOver(state, due))) return { taken: true, state };
      claimed.add(key);
      return {
        taken: false,
        interruptions: 0,
        async finish(state) {
          claimed.delete(key);
          states.set(key, state);
        },
      };
    },
    running: async (keys) => new Set(keys.filter((key) => claimed.has(key))),
    async forget(keys) {
      for (const key of keys) states.delete(key);
    },
  };
}
