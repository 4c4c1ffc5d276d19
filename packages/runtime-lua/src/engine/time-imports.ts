/** Offsets of the fields of C's `struct tm`. */
const TM = { sec: 0, min: 4, hour: 8, mday: 12, mon: 16, year: 20, wday: 24, yday: 28, isdst: 32, gmtoff: 36 } as const;

const DAY_MS = 86_400_000;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The clock and calendar that `os.date` and `os.time` are built on, in the time zone of this process. */
export function timeImports(view: () => DataView): Record<string, (...args: never[]) => unknown> {
  return {
    _gmtime_js(seconds: bigint, tm: number) {
      const date = new Date(Number(seconds) * 1000);
      writeTm(view(), tm, date, date, 0);
    },
    _localtime_js(seconds: bigint, tm: number) {
      const date = new Date(Number(seconds) * 1000);
      writeLocal(view(), tm, date);
    },
    _mktime_js(tm: number) {
      const memory = view();
      const field = (name: keyof typeof TM): number => memory.getInt32(tm + TM[name], true);
      const date = new Date(
        field('year') + 1900,
        field('mon'),
        field('mday'),
        field('hour'),
        field('min'),
        field('sec'),
      );
      // A caller that says "daylight saving time" about a moment without means an hour earlier, and the other way round.
      const wanted = field('isdst');
      if (wanted >= 0) {
        const now = isDst(date) ? 1 : 0;
        if (wanted > 0 !== now > 0) date.setTime(date.getTime() + (now - (wanted > 0 ? 1 : 0)) * 3_600_000);
      }
      if (Number.isNaN(date.getTime())) return -1n;
      writeLocal(memory, tm, date);
      return BigInt(Math.floor(date.getTime() / 1000));
    },
    // Names of time zones are answered by strftime below.
    _tzset_js() {},
    strftime(target: number, size: number, format: number, tm: number) {
      const memory = view();
      const text = formatTime(readText(memory, format), readTm(memory, tm));
      const bytes = Buffer.from(text);
      if (bytes.length + 1 > size) return 0;
      new Uint8Array(memory.buffer).set(bytes, target);
      memory.setUint8(target + bytes.length, 0);
      return bytes.length;
    },
  };
}

/** @param shown a date whose UTC fields are the ones to write */
function writeTm(view: DataView, tm: number, date: Date, shown: Date, dst: number): void {
  const start = Date.UTC(shown.getUTCFullYear(), 0, 1);
  const fields: Record<keyof typeof TM, number> = {
    sec: shown.getUTCSeconds(),
    min: shown.getUTCMinutes(),
    hour: shown.getUTCHours(),
    mday: shown.getUTCDate(),
    mon: shown.getUTCMonth(),
    year: shown.getUTCFullYear() - 1900,
    wday: shown.getUTCDay(),
    yday: Math.floor((shown.getTime() - start) / DAY_MS),
    isdst: dst,
    gmtoff: Math.round((shown.getTime() - date.getTime()) / 1000),
  };
  for (const name of Object.keys(TM) as (keyof typeof TM)[]) view.setInt32(tm + TM[name], fields[name], true);
}

function writeLocal(view: DataView, tm: number, date: Date): void {
  const shown = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  writeTm(view, tm, date, shown, isDst(date) ? 1 : 0);
}

function isDst(date: Date): boolean {
  const year = date.getFullYear();
  const january = new Date(year, 0, 1).getTimezoneOffset();
  const july = new Date(year, 6, 1).getTimezoneOffset();
  return january !== july && date.getTimezoneOffset() === Math.min(january, july);
}

type Tm = Record<keyof typeof TM, number>;

function readTm(view: DataView, tm: number): Tm {
  const result = {} as Tm;
  for (const name of Object.keys(TM) as (keyof typeof TM)[]) result[name] = view.getInt32(tm + TM[name], true);
  return result;
}

function readText(view: DataView, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) end++;
  return Buffer.from(view.buffer as ArrayBuffer, at, end - at).toString('latin1');
}

const pad = (value: number, width = 2, fill = '0'): string => String(value).padStart(width, fill);

const hour12 = (tm: Tm): number => tm.hour % 12 || 12;

/** C's `strftime` in the C locale. An unknown letter stays as it is; Lua lets none through. */
const CONVERSIONS: Readonly<Record<string, (tm: Tm) => string>> = {
  a: (tm) => DAYS[tm.wday]!.slice(0, 3),
  A: (tm) => DAYS[tm.wday]!,
  b: (tm) => MONTHS[tm.mon]!.slice(0, 3),
  B: (tm) => MONTHS[tm.mon]!,
  c: (tm) => formatTime('%a %b %e %H:%M:%S %Y', tm),
  C: (tm) => pad(Math.floor((tm.year + 1900) / 100)),
  d: (tm) => pad(tm.mday),
  D: (tm) => formatTime('%m/%d/%y', tm),
  e: (tm) => pad(tm.mday, 2, ' '),
  F: (tm) => formatTime('%Y-%m-%d', tm),
  g: (tm) => pad(isoWeek(tm).year % 100),
  G: (tm) => String(isoWeek(tm).year),
  h: (tm) => MONTHS[tm.mon]!.slice(0, 3),
  H: (tm) => pad(tm.hour),
  I: (tm) => pad(hour12(tm)),
  j: (tm) => pad(tm.yday + 1, 3),
  m: (tm) => pad(tm.mon + 1),
  M: (tm) => pad(tm.min),
  n: () => '\n',
  p: (tm) => (tm.hour < 12 ? 'AM' : 'PM'),
  r: (tm) => formatTime('%I:%M:%S %p', tm),
  R: (tm) => formatTime('%H:%M', tm),
  S: (tm) => pad(tm.sec),
  t: () => '\t',
  T: (tm) => formatTime('%H:%M:%S', tm),
  u: (tm) => String(tm.wday || 7),
  U: (tm) => pad(Math.floor((tm.yday + 7 - tm.wday) / 7)),
  V: (tm) => pad(isoWeek(tm).week),
  w: (tm) => String(tm.wday),
  W: (tm) => pad(Math.floor((tm.yday + 7 - ((tm.wday + 6) % 7)) / 7)),
  x: (tm) => formatTime('%m/%d/%y', tm),
  X: (tm) => formatTime('%H:%M:%S', tm),
  y: (tm) => pad((tm.year + 1900) % 100),
  Y: (tm) => String(tm.year + 1900),
  z: ({ gmtoff }) => {
    const minutes = Math.floor(Math.abs(gmtoff) / 60);
    return `${gmtoff < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${pad(minutes % 60)}`;
  },
  Z: (tm) => (tm.gmtoff === 0 ? 'UTC' : zoneName(tm)),
  '%': () => '%',
};

function formatTime(format: string, tm: Tm): string {
  return format.replace(/%[EO]?(.)/gs, (all, letter: string) => CONVERSIONS[letter]?.(tm) ?? all);
}

function isoWeek(tm: Tm): { year: number; week: number } {
  const day = new Date(Date.UTC(tm.year + 1900, 0, 1 + tm.yday));
  // The week of a day is that of its Thursday.
  day.setUTCDate(day.getUTCDate() + 3 - ((day.getUTCDay() + 6) % 7));
  const year = day.getUTCFullYear();
  return { year, week: 1 + Math.floor((day.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) };
}

function zoneName(tm: Tm): string {
  const date = new Date(tm.year + 1900, tm.mon, tm.mday, tm.hour, tm.min, tm.sec);
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
