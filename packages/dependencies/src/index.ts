export { type BuildOutcome, type BuildReport, BuildStates } from './build-states.js';
export { contentHash } from './content-hash.js';
export { adviceOn, dependencyError, type Failure, isNetworkFailure, toolFailed } from './errors.js';
export { findPacks, type Pack } from './find-packs.js';
export {
  type EnsureOptions,
  Installer,
  type InstallOutcome,
  type InstallPlan,
  type InstallRequest,
  type InstallRun,
} from './installer.js';
export { withoutCredentials } from './line-tail.js';
export { type Owner, ownerFolder } from './owner-folder.js';
export { packFolders } from './pack-folders.js';
export { INSTALL_TIMEOUT_MS, runTool, type ToolCommand, type ToolResult } from './run-tool.js';
export { allOf, withSource } from './sources.js';
export { type DependencyState, readState, STATE_FILE } from './state.js';
export { stateOf } from './state-of.js';
export { writeWhole } from './write-whole.js';
