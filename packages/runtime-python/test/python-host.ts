import { fileURLToPath } from 'node:url';
import type { StartSpec } from '@fastfn/protocol';
import { type Daemon, daemonStarter, startSpec } from '@fastfn/runtime-testing';

export {
  answerOf,
  call,
  type Daemon,
  invokeMessage,
  open,
  startWorker,
  tree,
  type Worker,
} from '@fastfn/runtime-testing';

const SHIM = fileURLToPath(new URL('../shim/fastfn_python.py', import.meta.url));
export const PYTHON = process.env.FN_PYTHON_BIN ?? 'python3';

export const { startDaemon, makeDaemon } = daemonStarter((socket) => ({
  command: PYTHON,
  args: [SHIM, '--socket', socket],
}));

export function specFor(daemon: Daemon, entry: string, over?: Partial<StartSpec>): StartSpec {
  return startSpec('python', daemon, entry, over);
}
