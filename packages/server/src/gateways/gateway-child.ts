import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Channel, type Packet } from '@fastfn/pool';
import { HEAP_GROWTH } from '../heap-growth.js';
import * as Type from './packets.js';

// From src and from dist alike: both lie in the package; a program of its own is always the built one.
const PROGRAM = fileURLToPath(
  new URL(
    import.meta.url.includes('/src/') ? '../../dist/gateway-process.js' : './gateway-process.js',
    import.meta.url,
  ),
);

/** The channel, after stdin, stdout, stderr and node's own line, over which connections are handed. */
const CHANNEL_FD = 4;

export interface GatewayChildListener {
  onPacket(child: GatewayChild, packet: Packet): void;
  /** The process has ended, all it had said was heard. `orphans`: connections that it had not taken yet. */
  onExit(child: GatewayChild, how: string, orphans: readonly Socket[]): void;
}

/** One gateway process. It ends when we do: its channel closes. */
export class GatewayChild {
  readonly startedAt = Date.now();
  /** May be handed connections. */
  ready = false;
  /** Version of the snapshot it serves. */
  version = 0;
  /** Epoch ms of its last sign of life. */
  heardAt = Date.now();
  readonly #process: ChildProcess;
  readonly #channel: Channel;
  readonly #untaken = new Map<number, Socket>();
  #connections = 0;
  readonly exited: Promise<void>;

  constructor(
    /** Path of the socket that it listens on beside the shared port. */
    readonly ownSocket: string,
    env: NodeJS.ProcessEnv,
    listener: GatewayChildListener,
  ) {
    this.#process = fork(PROGRAM, [], {
      env,
      execArgv: [HEAP_GROWTH],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      // Of its own group, so that Ctrl-C at the terminal reaches us alone.
      detached: true,
    });
    let how = '';
    let left = 2;
    let resolveExited!: () => void;
    this.exited = new Promise((resolve) => {
      resolveExited = resolve;
    });
    // Its process has ended, and what it had said is read.
    const end = (): void => {
      if (--left > 0) return;
      const orphans = [...this.#untaken.values()];
      this.#untaken.clear();
      listener.onExit(this, how, orphans);
      resolveExited();
    };
    this.#channel = new Channel(this.#process.stdio[CHANNEL_FD] as Duplex, {
      onPacket: (packet) => {
        this.heardAt = Date.now();
        if (packet[0] === Type.Taken) this.#taken(packet[1] as number);
        else listener.onPacket(this, packet);
      },
      onClose: end,
    });
    this.#process.on('error', (error) => {
      how ||= error.message;
      if (this.#process.pid === undefined) end();
    });
    this.#process.once('exit', (code, signal) => {
      how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
      end();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Connections that it has not taken yet. */
  get handing(): number {
    return this.#untaken.size;
  }

  send(packet: Packet): void {
    this.#channel.send(packet);
  }

  /** Hands over a connection that nobody has read from. Ours is closed when it has taken it. */
  give(socket: Socket): void {
    const number = ++this.#connections;
    this.#untaken.set(number, socket);
    // When it cannot be sent the process is about to be gone: then it is an orphan.
    this.#process.send(number, socket, { keepOpen: true }, () => {});
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #taken(number: number): void {
    const socket = this.#untaken.get(number);
    this.#untaken.delete(number);
    socket?.destroy();
  }
}
