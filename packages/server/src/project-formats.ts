import { isSecretKey, parseEnvFile, parseFunctionConfig, parseJsonDocument } from '@fastfn/config';
import type { Diagnostic, FunctionConfig } from '@fastfn/core';
import { checkPattern } from '@fastfn/discovery';
import type { ProjectFormats } from '@fastfn/gateway';

const CONFIG_FILE = 'fn.config.json';

/** The formats of the project's files, as the admin API needs them. */
export const projectFormats: ProjectFormats = {
  parseJson: (text) => parseJsonDocument(text).value,
  checkConfig: (text, isRoot) => {
    const { value, diagnostics } = parseFunctionConfig(text, CONFIG_FILE, isRoot);
    return [...diagnostics, ...routeProblems(value?.config)];
  },
  parseEnv: (text) => parseEnvFile(text, 'fn.env.json'),
  isSecretKey,
};

/** Routes that discovery would pass over. */
function routeProblems(config: FunctionConfig | undefined): Diagnostic[] {
  return (config?.invoke?.routes ?? []).flatMap((route, index) => {
    const checked = checkPattern(route);
    if (checked.ok) return [];
    const { code, reason, fix } = checked;
    const key = `invoke.routes[${index}]`;
    const message = `The route ${JSON.stringify(route.slice(0, 80))} cannot be used: ${reason}.`;
    return [{ code, severity: 'warning', file: CONFIG_FILE, key, message, fix }];
  });
}
