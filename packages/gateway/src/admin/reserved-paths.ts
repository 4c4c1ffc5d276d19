/** Whether a path is FastFN's own: `/_fn`, `/console`, and all below them. SPEC §3. */
export function isReserved(path: string): boolean {
  return under(path, '/_fn') || under(path, '/console');
}

function under(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 47);
}
