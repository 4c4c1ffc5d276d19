import { CONTAINER } from './container.js';
import type { Project } from './project.js';
import { toolchainOf } from './toolchains.js';

const { port, appDir, stateDir, live } = CONTAINER;

/** Needs no curl in the image. */
const HEALTH_CHECK = `fetch('http://127.0.0.1:${port}${live}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;

/**
 * An image that serves the project: dependencies installed and sources compiled when it is built, nothing fetched when it
 * starts.
 */
export function dockerfile(project: Project): string {
  return `${[
    base(project),
    packages(project),
    code(project),
    `# Installs what functions need and compiles Go and Rust, so that a container starts at once. Fails when one of them fails.
RUN ${project.install.command.join(' ')} build ${shellWord(project.functions)}`,
    `# State that outlives the container, unless Redis has it (FN_REDIS_URL).
VOLUME ${stateDir}
EXPOSE ${port}
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \\
  CMD ${json(['node', '-e', HEALTH_CHECK])}`,
    `# tini hands SIGTERM on and reaps what ends; FastFN then finishes running calls for up to 10 seconds.
ENTRYPOINT ["tini", "--"]
CMD ${json([...project.install.command, 'run', project.functions, '--strict'])}`,
  ].join('\n\n')}\n`;
}

function base(project: Project): string {
  const { packages, copies, env, path } = toolchainOf(project);
  const languages = project.runtimes.length > 0 ? project.runtimes.join(', ') : 'none yet';
  const lines = [
    `# Debian slim with Node 20, and the tools of: ${languages}.`,
    'FROM node:20-bookworm-slim',
    'RUN apt-get update \\',
    `  && apt-get install -y --no-install-recommends ${packages.join(' ')} \\`,
    '  && rm -rf /var/lib/apt/lists/*',
    ...copies.map(({ from, folder }) => `COPY --from=${from} ${folder} ${folder}`),
  ];
  const variables: Record<string, string> = {
    NODE_ENV: 'production',
    ...env,
    ...(path.length > 0 && { PATH: `${path.join(':')}:$PATH` }),
    FN_HOST: '0.0.0.0',
    FN_HOST_PORT: String(port),
    FN_STATE_DIR: stateDir,
    FN_HOT_RELOAD: '0',
    FN_LOG_FORMAT: 'json',
    ...(project.restrictTo && { FN_RUNTIMES: project.restrictTo.join(',') }),
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [...lines, `ENV ${assignments.join(' \\\n    ')}`].join('\n');
}

function packages({ install }: Project): string {
  const global =
    install.globalVersion === null
      ? []
      : [`RUN npm install -g fastfn@${install.globalVersion} && npm cache clean --force`];
  return [
    ...global,
    `# From here on nothing runs as root.
RUN mkdir -p ${appDir} ${stateDir} && chown node:node ${appDir} ${stateDir}
USER node
WORKDIR ${appDir}`,
  ].join('\n');
}

function code({ install }: Project): string {
  const all = 'COPY --chown=node:node . .';
  if (install.install === null) return all;
  const run = `RUN ${install.install}`;
  if (install.copyFirst === null)
    return `# Packages of the project; their installation needs its files.\n${all}\n${run}`;
  return `# Packages of the project; installed again only when these files change.
COPY --chown=node:node ${install.copyFirst.join(' ')} ./
${run}
${all}`;
}

/** A path as one word for the shell. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Docker's own form of an array: JSON on one line. */
function json(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
