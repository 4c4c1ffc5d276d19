import colors from 'picocolors';

/** Colour only on a terminal, and never with `NO_COLOR`. SPEC §15. */
export const hasColour = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;

export const style = colors.createColors(hasColour);

const METHOD_TINT: Record<string, (text: string) => string> = {
  GET: style.green,
  POST: style.yellow,
  PUT: style.blue,
  PATCH: style.cyan,
  DELETE: style.red,
};

export function method(name: string, width = 0): string {
  return (METHOD_TINT[name] ?? style.magenta)(name.padEnd(width));
}

export function status(code: number): string {
  const tint = code >= 500 ? style.red : code >= 400 ? style.yellow : code >= 300 ? style.cyan : style.green;
  return tint(String(code));
}

/** `4.2 ms`, `310 ms`, `1.5 s`. */
export function duration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
