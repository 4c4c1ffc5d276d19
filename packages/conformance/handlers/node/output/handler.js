import { setTimeout } from 'node:timers/promises';

export const handler = async (event) => {
  const { tag } = event.query;
  console.log(`out-${tag}`);
  console.error(`err-${tag}`);
  await setTimeout(50);
  console.log(`end-${tag}`);
  return 'ok';
};
