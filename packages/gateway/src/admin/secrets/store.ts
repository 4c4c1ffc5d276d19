/** Secrets that functions may name in `fn.env.json`. Whoever composes the gateway keeps them; without one, 404. */
export interface SecretStore {
  /** Sorted. */
  names(): readonly string[];
  /** For masking only. */
  values(): readonly string[];
  /** Stores, and gives functions that name the secret new workers. */
  set(name: string, value: string): void;
  /** Same for removing. @returns false when there was none. */
  delete(name: string): boolean;
}
