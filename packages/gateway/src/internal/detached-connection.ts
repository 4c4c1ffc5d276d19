import type { Socket } from 'node:net';
import type { TrustedPeers } from '../client-address.js';
import { Connection } from '../connection.js';

/** Stands where requests expect the connection they came over, for calls that came over none. */
export function detachedConnection(trusted: TrustedPeers): Connection {
  const socket = { remoteAddress: '', localAddress: '', destroyed: false, destroySoon() {}, destroy() {} };
  return new Connection(socket as unknown as Socket, trusted);
}
