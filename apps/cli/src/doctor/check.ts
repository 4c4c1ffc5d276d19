/** One thing that `fastfn doctor` has looked at. */
export interface Check {
  readonly id: string;
  readonly status: 'OK' | 'WARN' | 'FAIL';
  readonly message: string;
  /** What to do; empty when all is well. */
  readonly hint: string;
}

export const ok = (id: string, message: string): Check => ({ id, status: 'OK', message, hint: '' });
export const warn = (id: string, message: string, hint: string): Check => ({ id, status: 'WARN', message, hint });
export const fail = (id: string, message: string, hint: string): Check => ({ id, status: 'FAIL', message, hint });
