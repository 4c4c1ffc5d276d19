/** The pid that a worker has in {@link runFilter}. */
export const PID = 4711;

/** Runs a seccomp program as the kernel would. */
export function runFilter(program: readonly number[], call: { arch: number; nr: number; arg?: number }): number {
  let register = 0;
  for (let at = 0; ; at++) {
    const [code, jt, jf, given] = program.slice(at * 4, at * 4 + 4) as [number, number, number, number];
    const k = (given === -1 ? PID : given === -2 ? -PID : given) >>> 0;
    if (code === 0x06) return k;
    if (code === 0x20) register = (k === 0 ? call.nr : k === 4 ? call.arch : (call.arg ?? 0)) >>> 0;
    else {
      const holds = code === 0x15 ? register === k : code === 0x35 ? register >= k : (register & k) !== 0;
      at += holds ? jt : jf;
    }
  }
}
