import { afterAll, beforeAll } from 'vitest';
import { buildShim } from './build-shim.js';
import { TestDaemon } from './client.js';

/** One shim and one daemon for the tests of a file. */
export function useDaemon(): { readonly daemon: TestDaemon; readonly shim: string } {
  let shim: Awaited<ReturnType<typeof buildShim>>;
  let daemon: TestDaemon;
  beforeAll(async () => {
    shim = await buildShim();
    daemon = await TestDaemon.start(shim.folder);
  });
  afterAll(async () => {
    await daemon.close();
    shim.remove();
  });
  return {
    get daemon() {
      return daemon;
    },
    get shim() {
      return shim.folder;
    },
  };
}
