export { type Answer, answerOf, type CallOptions, call, invokeMessage, isTerminal } from './call.js';
export {
  type Daemon,
  type DaemonOptions,
  type DaemonProgram,
  type DaemonStarter,
  daemonStarter,
  type OwnDaemon,
} from './daemon.js';
export { type OpenOptions, open, type Peer } from './peer.js';
export { makeSmallDisk, type SmallDisk } from './small-disk.js';
export { type HandlerTree, tree } from './tree.js';
export { startSpec, startWorker, type Worker } from './worker.js';
