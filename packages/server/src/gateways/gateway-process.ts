import { Socket } from 'node:net';
import { deserialize } from 'node:v8';
import { Channel, type Packet } from '@fastfn/pool';
import type { GatewaySetup } from './gateway-setup.js';
import * as Type from './packets.js';
import { ServingGateway } from './serving-gateway.js';

// The program of one gateway process: a thin shell around a ServingGateway. It ends with the primary, whose end closes the
// channel; Ctrl-C and the like are the primary's business.

const CHANNEL_FD = 4;

let gateway: ServingGateway | null = null;
/** What comes while the gateway is being made. */
const early: Packet[] = [];
let opened = false;

const channel = new Channel(new Socket({ fd: CHANNEL_FD, readable: true, writable: true }), {
  onPacket(packet) {
    if (packet[0] === Type.Init) void open(deserialize(packet[1] as Uint8Array) as GatewaySetup);
    else if (opened) gateway!.receive(packet);
    else early.push(packet);
  },
  // The primary is gone, and with it the workers.
  onClose: () => process.exit(1),
});

process.on('SIGINT', () => {});
process.on('SIGTERM', () => channel.send([Type.Leaving]));
process.on('message', (number: number, socket?: Socket) => {
  if (socket === undefined) return;
  // First of all, and at once: from here on we alone answer for it, and not a byte has been read.
  channel.send([Type.Taken, number]);
  channel.flush();
  gateway!.take(socket);
});

async function open(setup: GatewaySetup): Promise<void> {
  try {
    gateway = new ServingGateway(setup, channel, process.env);
    await gateway.start();
    for (const packet of early.splice(0)) gateway.receive(packet);
    opened = true;
  } catch (error) {
    channel.send([Type.Failed, error instanceof Error ? error.message : String(error)]);
    await channel.drained();
    process.exit(1);
  }
}
