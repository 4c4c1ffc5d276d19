import { VERSION } from '../version.js';

/** First lines of every generated file: who made it, how, and that it may be edited. */
export function header(command: string): string {
  return `# Made by FastFN ${VERSION}: ${command}
# It is yours to edit; FastFN does not overwrite it unless it is told to with --force.`;
}
