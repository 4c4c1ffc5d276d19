import ms from 'ms';

export function handler(event) {
  const time = ms(event.query.time ?? '1d');
  if (time === undefined) return { status: 400, body: { error: 'time must be like 90s, 1.5h or 2 days' } };
  return { ms: time, text: ms(time, { long: true }) };
}
