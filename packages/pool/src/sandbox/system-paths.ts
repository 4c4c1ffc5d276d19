import { realpathSync } from 'node:fs';

/** What programs of every language read of the system: libraries, certificates, time zones, name resolution. SPEC §14. */
const READ = [
  '/usr',
  '/lib',
  '/lib32',
  '/lib64',
  '/nix/store',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ssl',
  '/etc/pki',
  '/etc/ca-certificates',
  '/etc/ca-certificates.conf',
  '/etc/crypto-policies',
  '/var/lib/ca-certificates',
  '/etc/localtime',
  '/etc/timezone',
  '/etc/hosts',
  '/etc/host.conf',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/nsswitch.conf',
  '/etc/gai.conf',
  '/etc/protocols',
  '/etc/services',
  '/etc/mime.types',
  '/etc/os-release',
  '/etc/fonts',
  '/dev/random',
  '/dev/urandom',
  '/dev/zero',
  '/proc/cpuinfo',
  '/proc/filesystems',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/uptime',
  '/proc/version',
  '/proc/sys/kernel',
  '/proc/sys/vm',
  '/sys/devices/system/cpu',
  '/sys/fs/cgroup',
] as const;

/** Read and written by anybody without effect. */
export const SYSTEM_WRITE: readonly string[] = ['/dev/null', '/dev/full'];

/** Variables that name further certificates and time zones. */
const VARIABLES = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'TZDIR',
] as const;

/** Real paths, those that exist; `/proc/self` as it is, since it is another folder for each process. */
export function systemRead(env: NodeJS.ProcessEnv): string[] {
  const named = VARIABLES.map((name) => env[name]).filter((path) => path?.startsWith('/'));
  const paths = new Set(['/proc/self']);
  for (const path of [...READ, ...named]) {
    const real = realPath(path!);
    if (real !== null) paths.add(real);
  }
  return [...paths];
}

/** Null: there is none. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
