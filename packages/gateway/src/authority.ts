/** Host name, IPv4 or bracketed IPv6, with an optional port: no path, no credentials, no list. */
const AUTHORITY = /^(?:[\w.~!$&'()*+;=%-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Whether text may stand where a host is expected: in a Host header, an absolute target, `X-Forwarded-Host`. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}
