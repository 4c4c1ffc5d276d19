/** What stands wherever a secret value would be shown. SPEC §4. */
export const HIDDEN = '<hidden>';

/**
 * Names that look secret: they hold secret, token, password, pwd, api_key, private_key, auth or credential, in any
 * spelling (`apiKey`, `API-KEY`, `oauth`). `author` and `authority` are the ordinary words that `auth` would catch.
 */
const SECRET_NAME =
  /secret|token|passw(?:or)?d|passphrase|pwd|api[_-]?key|private[_-]?key|auth(?!or(?!i[sz]))|credential/i;

/** True when a variable of this name is to be masked everywhere. */
export function isSecretKey(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * A copy of `values` for display: secret ones replaced by {@link HIDDEN}. Null (unset) and empty values stay, they
 * tell nothing.
 *
 * @param secretKeys further names to hide, whatever they look like.
 */
export function maskSecrets<T extends string | null>(
  values: Readonly<Record<string, T>>,
  secretKeys: readonly string[] = [],
): Record<string, T | typeof HIDDEN> {
  const hidden = new Set(secretKeys);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value && (hidden.has(name) || isSecretKey(name)) ? HIDDEN : value,
    ]),
  );
}

/** Hides user name and password inside a URL: `redis://:pw@host` becomes `redis://<hidden>@host`. */
export function maskUrlCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${HIDDEN}@`);
}
