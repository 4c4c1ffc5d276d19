import { ENV_NAMES, ENV_VARS, type EnvVar } from './env/table.js';
import type { ConfigFile } from './json-schemas.js';
import { configReference } from './reference.js';

/** The keys of a config file as a Markdown table, for the reference pages. */
export function configReferenceMarkdown(file: ConfigFile): string {
  const rows = configReference(file)
    .filter(({ key }) => key !== '$schema')
    .map(({ key, description, allowed, default: fallback, aliases }) => [
      `\`${key}\``,
      description + (aliases.length > 0 ? ` Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : ''),
      allowed,
      fallback === null ? '' : `\`${fallback}\``,
    ]);
  return table(['Key', 'What it does', 'Allowed', 'Default'], rows);
}

/** All environment variables as Markdown tables, one for each group. */
export function envReferenceMarkdown(): string {
  const groups = new Map<string, string[][]>();
  for (const name of ENV_NAMES) {
    const { group, description, allowed, default: fallback, unit, secret }: EnvVar = ENV_VARS[name];
    const rows = groups.get(group) ?? [];
    groups.set(group, rows);
    rows.push([
      `\`${name}\``,
      description + (secret ? ' Secret: shown as `<hidden>`.' : ''),
      allowed,
      fallback === null ? '' : `\`${fallback}\`${unit ? ` ${unit}` : ''}`,
    ]);
  }
  return [...groups]
    .map(([group, rows]) => `### ${group}\n\n${table(['Variable', 'What it does', 'Allowed', 'Default'], rows)}`)
    .join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
