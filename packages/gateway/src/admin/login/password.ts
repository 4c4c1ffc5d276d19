import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { sameSecret } from '../guard/token.js';
import type { LoginSettings } from '../settings.js';

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Whether user name and password are the right ones. Takes as long for a wrong name as for a wrong password. */
export async function isRightLogin(login: LoginSettings, username: string, password: string): Promise<boolean> {
  const rightName = sameSecret(username, login.username);
  const rightPassword =
    login.passwordHash === null
      ? login.password !== null && sameSecret(password, login.password)
      : await matchesHash(login.passwordHash, password);
  return rightName && rightPassword;
}

/** @param hash `pbkdf2-sha256:<iterations>:<salt>:<digest>` or `scrypt:<N>:<r>:<p>:<salt>:<digest>`, hex. */
export async function matchesHash(hash: string, password: string): Promise<boolean> {
  const [kind, ...parts] = hash.split(':');
  const digest = parts.pop()!.toLowerCase();
  const salt = Buffer.from(parts.pop()!, 'hex');
  const length = digest.length / 2;
  const derived =
    kind === 'scrypt'
      ? await scryptOf(password, salt, length, parts.map(Number))
      : await derivePbkdf2(password, salt, Number(parts[0]), length, 'sha256');
  return sameSecret(derived.toString('hex'), digest);
}

function scryptOf(
  password: string,
  salt: Buffer,
  length: number,
  [N = 0, r = 0, p = 0]: readonly number[],
): Promise<Buffer> {
  // node refuses parameters that need more than 32 MiB unless told how much they may.
  return deriveScrypt(password, salt, length, { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1_048_576 });
}
