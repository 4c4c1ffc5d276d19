export { DiscoveryCache } from './cache.js';
export { DISCOVERY_DIAGNOSTICS, type DiagnosticCode } from './diagnostics.js';
export { type DiscoverOptions, discover } from './discover.js';
export { specFingerprint } from './fingerprint.js';
export { type CheckedPattern, checkPattern } from './route-pattern.js';
export { type ChangeBatch, type Watcher, type WatchOptions, watch } from './watch.js';
