import type { ConsoleSettings } from './settings.js';

/** Switches that `/_fn/ui-state` may change until the server stops. */
export interface ToggleValues {
  uiEnabled: boolean;
  apiEnabled: boolean;
  writeEnabled: boolean;
  localOnly: boolean;
}

export class Toggles implements Readonly<ToggleValues> {
  uiEnabled!: boolean;
  apiEnabled!: boolean;
  writeEnabled!: boolean;
  localOnly!: boolean;
  readonly #configured: ToggleValues;

  constructor({ uiEnabled, apiEnabled, writeEnabled, localOnly }: ConsoleSettings) {
    this.#configured = { uiEnabled, apiEnabled, writeEnabled, localOnly };
    this.reset();
  }

  set(values: Partial<ToggleValues>): void {
    Object.assign(this, values);
  }

  /** Back to what the project's settings say. */
  reset(): void {
    this.set(this.#configured);
  }
}
