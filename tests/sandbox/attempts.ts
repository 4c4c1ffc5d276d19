/** Where things lie that a function may or may not reach, in the test's tree. */
export interface Places {
  /** The function's own folder. */
  readonly own: string;
  readonly root: string;
  /** Outside of root. */
  readonly outside: string;
  readonly gatewayPid: number;
  /** A daemon's or worker's socket. */
  readonly socket: string;
  /** `host:port` that listens. */
  readonly tcp: string;
}

export interface Attempt {
  readonly title: string;
  readonly do: string;
  path?(places: Places): string;
  to?(places: Places): string;
}

/** What must be refused, whatever the language. */
export const REFUSED: readonly Attempt[] = [
  { title: 'reads /etc/shadow', do: 'read', path: () => '/etc/shadow' },
  { title: 'reads /etc/passwd', do: 'read', path: () => '/etc/passwd' },
  { title: 'reads a file outside of root', do: 'read', path: ({ outside }) => `${outside}/secret.txt` },
  {
    title: 'reads it by a path with ..',
    do: 'read',
    path: ({ own, outside }) => `${own}/../../../..${outside}/secret.txt`,
  },
  { title: 'reads it through a symbolic link', do: 'link', path: ({ outside }) => `${outside}/secret.txt` },
  { title: 'reads it through a hard link', do: 'hardlink', path: ({ outside }) => `${outside}/secret.txt` },
  { title: "reads another function's source", do: 'read', path: ({ root }) => `${root}/other/handler.js` },
  { title: "reads another function's environment", do: 'read', path: ({ root }) => `${root}/other/fn.env.json` },
  { title: "reads another function's configuration", do: 'read', path: ({ root }) => `${root}/other/fn.config.json` },
  { title: "reads another function's data", do: 'read', path: ({ root }) => `${root}/other/data.txt` },
  { title: "reads another version's environment", do: 'read', path: ({ own }) => `${own}/v2/fn.env.json` },
  { title: "writes another function's source", do: 'write', path: ({ root }) => `${root}/other/handler.js` },
  { title: "removes another function's data", do: 'remove', path: ({ root }) => `${root}/other/data.txt` },
  { title: 'reads its own environment file', do: 'read', path: ({ own }) => `${own}/fn.env.json` },
  { title: 'reads its own configuration', do: 'read', path: ({ own }) => `${own}/fn.config.json` },
  { title: 'replaces its own configuration', do: 'write', path: ({ own }) => `${own}/fn.config.json` },
  {
    title: 'moves its own environment file',
    do: 'rename',
    path: ({ own }) => `${own}/fn.env.json`,
    to: ({ own }) => `${own}/moved.json`,
  },
  { title: 'reads the environment file of root', do: 'read', path: ({ root }) => `${root}/fn.env.json` },
  { title: 'reads the key of the secrets', do: 'read', path: ({ root }) => `${root}/.fastfn/secrets.key` },
  { title: 'writes in root', do: 'write', path: ({ root }) => `${root}/new.js` },
  { title: 'writes outside of root', do: 'write', path: ({ outside }) => `${outside}/new.txt` },
  { title: 'appends outside of root', do: 'append', path: ({ outside }) => `${outside}/secret.txt` },
  { title: 'removes outside of root', do: 'remove', path: ({ outside }) => `${outside}/secret.txt` },
  { title: 'makes a folder outside of root', do: 'mkdir', path: ({ outside }) => `${outside}/folder` },
  {
    title: 'moves a file out',
    do: 'rename',
    path: ({ own }) => `${own}/data.txt`,
    to: ({ outside }) => `${outside}/data.txt`,
  },
  { title: 'lists a folder outside of root', do: 'list', path: ({ outside }) => outside },
  { title: 'lists the common temp folder', do: 'list', path: () => '/tmp' },
  { title: "writes a private module of others'", do: 'write', path: ({ root }) => `${root}/_shared/text.txt` },
  { title: "reads the gateway's environment", do: 'read', path: ({ gatewayPid }) => `/proc/${gatewayPid}/environ` },
  { title: "reads the gateway's memory", do: 'read', path: ({ gatewayPid }) => `/proc/${gatewayPid}/mem` },
  { title: "reads the gateway's command line", do: 'read', path: ({ gatewayPid }) => `/proc/${gatewayPid}/cmdline` },
  { title: 'lists processes', do: 'list', path: () => '/proc' },
  { title: 'starts a program', do: 'spawn' },
  { title: 'starts a shell', do: 'spawn', path: () => '/bin/sh' },
  { title: 'makes a process', do: 'fork' },
  { title: 'attaches to the gateway', do: 'ptrace', path: ({ gatewayPid }) => `${gatewayPid}` },
  { title: 'signals the gateway', do: 'kill', path: ({ gatewayPid }) => `${gatewayPid}` },
  { title: "connects to the runtime's socket", do: 'connect', path: ({ socket }) => socket },
];

/** What must work, or the sandbox is in the way. */
export const ALLOWED: readonly (Attempt & { readonly gives?: unknown })[] = [
  { title: 'reads a file of its own', do: 'read', path: ({ own }) => `${own}/data.txt`, gives: 'own data' },
  { title: 'reads it by a relative path', do: 'read', path: () => 'data.txt', gives: 'own data' },
  {
    title: 'makes a file in its folder and reads it',
    do: 'write',
    path: ({ own }) => `${own}/made.txt`,
    gives: 'written',
  },
  { title: 'makes a folder', do: 'mkdir', path: ({ own }) => `${own}/made` },
  { title: 'and a file in that', do: 'write', path: ({ own }) => `${own}/made/deep.txt`, gives: 'written' },
  {
    title: 'moves a file within its folder',
    do: 'rename',
    path: ({ own }) => `${own}/made.txt`,
    to: ({ own }) => `${own}/made/moved.txt`,
  },
  { title: 'removes a file', do: 'remove', path: ({ own }) => `${own}/made/moved.txt` },
  {
    title: 'reads a private file below root',
    do: 'read',
    path: ({ root }) => `${root}/_shared/text.txt`,
    gives: 'shared',
  },
  { title: 'has a temp folder', do: 'temp', gives: 'temporary' },
  { title: 'reads time zones', do: 'read', path: () => '/usr/share/zoneinfo/UTC' },
  { title: 'writes to /dev/null', do: 'append', path: () => '/dev/null' },
  { title: 'resolves a name', do: 'resolve', path: () => 'localhost' },
  { title: 'connects by TCP', do: 'tcp', path: ({ tcp }) => tcp },
];
