import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler } = useBench();

test('os.date formats like C', async () => {
  const worker = await handler(EVALUATES);
  // 2024-02-29 was a Thursday, in the ninth week.
  const cases: [format: string, text: string][] = [
    ['%Y-%m-%d %H:%M:%S', '2024-02-29 13:05:09'],
    ['%a %A %b %B %d %e %j', 'Thu Thursday Feb February 29 29 060'],
    ['%I %p %y %C %u %w', '01 PM 24 20 4 4'],
    ['%D %F %R %T %r', '02/29/24 2024-02-29 13:05 13:05:09 01:05:09 PM'],
    ['%U %W %V %G %g', '08 09 09 2024 24'],
    ['%c|%x|%X', 'Thu Feb 29 13:05:09 2024|02/29/24|13:05:09'],
    ['%z %Z %% %n %t %Ey %Od', '+0000 UTC % \n \t 24 29'],
  ];
  for (const [format, text] of cases) {
    const { text: answer, error } = await worker.call({ body: `return os.date("!${format}", 1709211909)` });
    expect(error, format).toBeNull();
    expect(answer, format).toBe(text);
  }
  expect((await worker.call({ body: 'return select(2, pcall(os.date, "%Q"))' })).text).toContain('invalid conversion');
});

test('os.time and os.date are each other’s inverse, and fields are normalised', async () => {
  const worker = await handler(EVALUATES);
  const { text } = await worker.call({
    body: `local t = os.date("*t", 1709211909)
      local u = { year = 2024, month = 14, day = -3, hour = 12 }
      os.time(u)
      return { os.time(t), u.year, u.month, u.day, math.type(os.time()), os.date("!*t", 0).year, os.clock() <= os.clock() }`,
  });
  expect(JSON.parse(text)).toEqual([1_709_211_909, 2025, 1, 28, 'integer', 1970, true]);
});
