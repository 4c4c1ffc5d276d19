import type { Runtime, RuntimeAdapter } from '@fastfn/core';
import { createGoRuntime } from '@fastfn/runtime-go';
import { createNodeRuntime } from '@fastfn/runtime-node';
import { createPhpRuntime } from '@fastfn/runtime-php';
import { createPythonRuntime } from '@fastfn/runtime-python';
import { createRustRuntime } from '@fastfn/runtime-rust';

export interface RuntimeBinaries {
  readonly python?: string;
  readonly node?: string;
  readonly npm?: string;
  readonly php?: string;
  readonly composer?: string;
  readonly cargo?: string;
  readonly go?: string;
}

/** Every language this version can run. A new language is one line here. */
const RUNTIME_LIST: Partial<Record<Runtime, (binaries: RuntimeBinaries) => RuntimeAdapter>> = {
  node: ({ node }) => createNodeRuntime({ bin: node }),
  python: ({ python }) => createPythonRuntime({ bin: python }),
  php: ({ php }) => createPhpRuntime({ bin: php }),
  rust: ({ cargo }) => createRustRuntime({ bin: cargo }),
  go: ({ go }) => createGoRuntime({ bin: go }),
};

/** The adapters of the wanted runtimes, in the wanted order. */
export function createRuntimes(wanted: readonly Runtime[], binaries: RuntimeBinaries): RuntimeAdapter[] {
  return wanted.flatMap((runtime) => RUNTIME_LIST[runtime]?.(binaries) ?? []);
}
