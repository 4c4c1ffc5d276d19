import type { Subject } from './case.js';

/** Everything a `handlers/` folder may be named after. A new language: its line here, and its folder. */
export const SUBJECTS: readonly Subject[] = [
  { id: 'node', runtime: 'node', extension: 'js', tool: ['node', '--version'] },
  { id: 'typescript', runtime: 'node', extension: 'ts', tool: ['node', '--version'] },
  { id: 'python', runtime: 'python', extension: 'py', tool: ['python3', '--version'] },
  { id: 'php', runtime: 'php', extension: 'php', tool: ['php', '--version'], installer: ['composer', '--version'] },
  { id: 'lua', runtime: 'lua', extension: 'lua', tool: ['node', '--version'] },
  { id: 'rust', runtime: 'rust', extension: 'rs', tool: ['cargo', '--version'] },
  { id: 'go', runtime: 'go', extension: 'go', tool: ['go', 'version'] },
];

export function subjectById(id: string): Subject {
  const subject = SUBJECTS.find((candidate) => candidate.id === id);
  if (subject === undefined) {
    throw new Error(`No subject "${id}"; there are ${SUBJECTS.map((one) => one.id).join(', ')}.`);
  }
  return subject;
}
