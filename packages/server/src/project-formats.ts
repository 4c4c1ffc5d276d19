import { isSecretKey, parseEnvFile, parseFunctionConfig, parseJsonDocument } from '@fastfn/config';
import type { ProjectFormats } from '@fastfn/gateway';

/** The formats of the project's files, as the admin API needs them. */
export const projectFormats: ProjectFormats = {
  parseJson: (text) => parseJsonDocument(text).value,
  checkConfig: (text, isRoot) => parseFunctionConfig(text, 'fn.config.json', isRoot).diagnostics,
  parseEnv: (text) => parseEnvFile(text, 'fn.env.json'),
  isSecretKey,
};
