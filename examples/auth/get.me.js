// @summary Behind a session
import { readSession } from './_session.js';

export const handler = ({ session, env }) => {
  const user = readSession(session?.id, env.DEMO_SESSION_SECRET);
  return user === null ? { status: 401, body: { error: 'Log in first.' } } : { user };
};
