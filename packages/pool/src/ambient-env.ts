/** Variables of our own environment that a daemon and its workers get. SPEC §7 "Environment". */
const ALLOWED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TZDIR',
  'TMPDIR',
  // Proxies
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  // Certificates
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  // Tool homes and caches
  'XDG_CACHE_HOME',
  'npm_config_cache',
  'PIP_CACHE_DIR',
  'UV_CACHE_DIR',
  'COMPOSER_HOME',
  'COMPOSER_CACHE_DIR',
  'CARGO_HOME',
  'RUSTUP_HOME',
  'GOROOT',
  'GOPATH',
  'GOCACHE',
  'GOMODCACHE',
]);

/** The small part of `env` that every function may see. All else (`FN_*` above all) stays with the gateway. */
export function ambientEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const ambient: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (ALLOWED.has(name) || name.startsWith('LC_'))) ambient[name] = value;
  }
  return ambient;
}
