import { setTimeout } from 'node:timers/promises';

export const handler = async (event) => {
  if (event.query.mode === 'sleep') await setTimeout(60_000);
  while (event.query.mode === 'busy');
  return 'ok';
};
