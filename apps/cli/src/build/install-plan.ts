/** What the folder of the project says about how FastFN and the project's own packages are installed. */
export interface PackageFacts {
  /** Parsed `package.json`; null: there is none. */
  readonly manifest: Readonly<Record<string, unknown>> | null;
  /** Names of the files beside it. */
  readonly files: ReadonlySet<string>;
}

/** Steps of an image that end with a FastFN to run. */
export interface InstallPlan {
  /** Files that are copied before the installation, so that it is done again only when they change; null: all. */
  readonly copyFirst: readonly string[] | null;
  /** Shell command in the project's folder; null: the project has no packages. */
  readonly install: string | null;
  /** Version that is installed for the whole image; null: the project's packages have it. */
  readonly globalVersion: string | null;
  /** What starts FastFN, as an array for `CMD`. */
  readonly command: readonly string[];
}

interface PackageManager {
  readonly lock: string;
  install(withDev: boolean): string;
}

/** By lock file; the first that is there. */
const MANAGERS: readonly PackageManager[] = [
  { lock: 'npm-shrinkwrap.json', install: (withDev) => npm('ci', withDev) },
  { lock: 'package-lock.json', install: (withDev) => npm('ci', withDev) },
  {
    lock: 'pnpm-lock.yaml',
    install: (withDev) => `npx --yes pnpm@10 install --frozen-lockfile${withDev ? ' --prod=false' : ' --prod'}`,
  },
  { lock: 'yarn.lock', install: (withDev) => `yarn install --frozen-lockfile --production=${!withDev}` },
];

const LOCAL_COMMAND = ['node', 'node_modules/fastfn/bin/fastfn.js'];
const SETTINGS = ['.npmrc', '.yarnrc', 'pnpm-workspace.yaml'];
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** @param version of FastFN, for projects that do not name one themselves */
export function installPlan({ manifest, files }: PackageFacts, version: string): InstallPlan {
  if (manifest === null) return { copyFirst: [], install: null, globalVersion: version, command: ['fastfn'] };
  const isDev = has(manifest.devDependencies, 'fastfn');
  const isOwn = isDev || has(manifest.dependencies, 'fastfn') || has(manifest.optionalDependencies, 'fastfn');
  const manager = MANAGERS.find(({ lock }) => files.has(lock));
  return {
    copyFirst: needsSources(manifest)
      ? null
      : ['package.json', ...(manager ? [manager.lock] : []), ...SETTINGS.filter((file) => files.has(file))],
    install: manager ? manager.install(isDev) : npm('install', isDev),
    globalVersion: isOwn ? null : version,
    command: isOwn ? LOCAL_COMMAND : ['fastfn'],
  };
}

function npm(verb: 'ci' | 'install', withDev: boolean): string {
  return `npm ${verb} ${withDev ? '--include=dev' : '--omit=dev'} --no-audit --no-fund`;
}

/** Whether an installation looks at more than the manifest: scripts of its own, workspaces, packages in folders. */
function needsSources(manifest: Readonly<Record<string, unknown>>): boolean {
  if (manifest.workspaces !== undefined || INSTALL_SCRIPTS.some((script) => has(manifest.scripts, script))) return true;
  const groups = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies];
  return groups.some((group) => isRecord(group) && Object.values(group).some((range) => isFolder(range)));
}

function isFolder(range: unknown): boolean {
  return typeof range === 'string' && /^(?:file|link|workspace|portal|patch):/.test(range);
}

function has(group: unknown, name: string): boolean {
  return isRecord(group) && Object.hasOwn(group, name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
