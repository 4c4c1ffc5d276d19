export { type CachingConfigReader, createConfigReader } from './config-reader.js';
export { describeEnv, type EnvRow } from './env/describe.js';
export { type Environment, type ParsedEnv, parseEnv } from './env/parse.js';
export { ENV_NAMES, ENV_VARS, type EnvName, type EnvValues, type EnvVar } from './env/table.js';
export { OptionsError } from './errors.js';
export { CONFIG_FILES, type ConfigFile, jsonSchemas, schemaFileName, schemaUrl } from './json-schemas.js';
export type { ProjectSettings } from './normalise/project.js';
export { loadOptions } from './options/load.js';
export type { Command, Flags, LoadedOptions, LoadOptionsInput, Mode, Options, Source } from './options/options.js';
export {
  type Parsed,
  type ParsedFunctionConfig,
  parseEnvFile,
  parseFunctionConfig,
  parseProjectFile,
  parseRoutesFile,
} from './parse-file.js';
export { configReference, type KeyReference } from './reference.js';
export { configReferenceMarkdown, envReferenceMarkdown } from './reference-markdown.js';
export { BINARIES, type Binary } from './schema/project-file.js';
export { HIDDEN, isSecretKey, maskSecrets, maskUrlCredentials } from './secrets.js';
export { parseJsonDocument } from './text/json-document.js';
export { MAX_CONFIG_FILE_BYTES } from './text/read-text.js';
