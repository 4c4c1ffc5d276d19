import type { Project } from './project.js';

/** What does not belong into an image: what is made there again, state, secrets, and what only developers need. */
export function dockerignore({ runtimes, keptPackages, functions }: Project): string {
  const lines = [
    '# State of the server. Packs stay.',
    '**/.fastfn/*',
    '!**/.fastfn/packs',
    '',
    '# Installed and compiled anew when the image is built',
    '**/node_modules',
    '**/.deps',
    '**/.fastfn-deps-state.json',
    '**/__pycache__',
    '**/.rust-build',
    '**/.go-build',
    ...(runtimes.includes('rust') ? ['**/target'] : []),
    ...keptPackages.map((path) => `!${path}`),
    '',
    '# Secrets of a developer: give them to the container as variables',
    '**/.env',
    '**/.env.*',
    '',
    '# Not needed to run',
    '.git',
    '.github',
    '.vscode',
    '.idea',
    '**/.DS_Store',
    '**/*.log',
    'Dockerfile',
    'Dockerfile.dockerignore',
    '.dockerignore',
    'compose.yaml',
    // Where the project is the functions root, that may be a function.
    ...(functions === '.' ? [] : ['kubernetes']),
  ];
  return `${lines.join('\n')}\n`;
}
