// @summary Gives a session cookie for name and password
import { scryptSync, timingSafeEqual } from 'node:crypto';
import { cookie, makeSession } from './_session.js';

// A user table; passwords are kept as salted hashes only. Ada's is "lovelace".
const users = { ada: { salt: 'demo', hash: scryptSync('lovelace', 'demo', 32) } };
const nobody = { salt: 'demo', hash: Buffer.alloc(32) };

export const handler = (event) => {
  const { name, password } = event.json() ?? {};
  if (typeof name !== 'string' || typeof password !== 'string')
    return { status: 400, body: { error: 'name and password' } };
  const user = Object.hasOwn(users, name) ? users[name] : nobody;
  // Hashes for unknown names too: the time must not tell which names exist.
  const right = timingSafeEqual(scryptSync(password, user.salt, 32), user.hash);
  if (!right) return { status: 401, body: { error: 'Name or password is wrong.' } };
  return { status: 200, cookies: [cookie(makeSession(name, event.env.DEMO_SESSION_SECRET))], body: { hello: name } };
};
