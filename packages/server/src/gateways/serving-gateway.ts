import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { serialize } from 'node:v8';
import type { FunctionSpec } from '@fastfn/core';
import { createGateway, type Gateway, type RequestRecord, Telemetry } from '@fastfn/gateway';
import { docsPage } from '@fastfn/openapi';
import {
  ambientEnv,
  type BorrowingPool,
  type Channel,
  createBorrowingPool,
  type ErrorData,
  type Packet,
} from '@fastfn/pool';
import { localRuntimes } from '../runtimes.js';
import { SecretFile } from '../secret-store.js';
import { compileSnapshot } from '../snapshot.js';
import { type OpenTracing, startTracing } from '../tracing.js';
import { channelLogger } from './channel-logger.js';
import { forwardReserved } from './forward-reserved.js';
import type { GatewayReport, GatewaySetup } from './gateway-setup.js';
import { unpackManifest } from './manifest-transfer.js';
import * as Type from './packets.js';
import { RemoteJobs } from './remote-jobs.js';

/** Time to send the last traces. */
const FLUSH_MS = 500;

/**
 * One of several gateways: HTTP, routes, policies and answers, as in a server of one process. Discovery, workers, limits, the
 * admin API, jobs and logs are the primary's.
 */
export class ServingGateway {
  readonly #setup: GatewaySetup;
  readonly #channel: Channel;
  readonly #env: NodeJS.ProcessEnv;
  readonly #telemetry = new Telemetry();
  readonly #logger;
  readonly #pool: BorrowingPool;
  readonly #gateway: Gateway;
  readonly #jobs: RemoteJobs;
  readonly #docs = docsPage();
  readonly #connections = new Set<Socket>();
  /** Requests since the last report. */
  #calls: RequestRecord[] = [];
  #secrets: SecretFile;
  #tracing: OpenTracing | null = null;
  #functions: readonly FunctionSpec[] = [];
  #restart: string[] = [];
  #serving = false;
  #stopping = false;

  constructor(setup: GatewaySetup, channel: Channel, env: NodeJS.ProcessEnv) {
    const { options, mode } = setup;
    this.#setup = setup;
    this.#channel = channel;
    this.#env = env;
    this.#logger = channelLogger(channel);
    this.#secrets = this.#openSecrets();
    this.#jobs = new RemoteJobs((packet) => channel.send(packet));
    this.#pool = createBorrowingPool({
      local: localRuntimes(options.runtimes, options.runtimeBinaries, ambientEnv(env)),
      socketDir: setup.socketDir,
      drainMs: setup.drainMs,
      maxFrameBytes: options.maxFrameBytes,
      processEnv: env,
      secrets: (fn) => this.#secrets.of(fn),
      index: setup.index,
      logger: this.#logger,
      send: (packet) => channel.send(packet),
    });
    this.#gateway = createGateway({
      invoker: this.#pool,
      logger: this.#logger,
      mode,
      trustedProxies: options.trustedProxies,
      docsEnabled: options.docsEnabled,
      adminApiEnabled: options.adminApiEnabled,
      reserved: forwardReserved(setup.controlSocket),
      telemetry: this.#telemetry,
      jobs: setup.jobs ? this.#jobs : undefined,
      publicBaseUrl: options.publicBaseUrl,
      homeFunction: options.homeFunction,
      homeRedirect: options.homeRedirect,
      maxAssetBytes: options.maxAssetBytes,
      runtimeOrder: options.runtimes,
      onRequest: setup.follow ? (record) => this.#calls.push(record) : undefined,
      backend: {
        state: () => (this.#stopping ? 'stopping' : 'ready'),
        status: () => this.#pool.status(),
        // What asks for these is answered by the primary.
        toolStatus: () => ({}),
        uptimeMs: () => process.uptime() * 1000,
        hotReload: () => ({ enabled: false }),
        sandboxLevels: () => ({}),
        reload: () => Promise.reject(new Error('A gateway does not reload by itself.')),
      },
    });
  }

  async start(): Promise<void> {
    this.#tracing = await startTracing(this.#env, this.#logger);
    if (this.#tracing !== null) this.#gateway.traceWith(this.#tracing.tracing);
    await this.#pool.start();
    // Node bounds the time of requests only of a server that listens somewhere.
    await new Promise<void>((resolve, reject) => {
      this.#gateway.server.once('error', reject).listen(this.#setup.ownSocket, resolve);
    });
  }

  /** A connection of the shared port. */
  take(socket: Socket): void {
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    socket.setNoDelay(true);
    this.#gateway.server.emit('connection', socket);
  }

  receive(packet: Packet): void {
    if (this.#pool.receive(packet)) return;
    switch (packet[0]) {
      case Type.Restart:
        this.#restart.push(...(packet[1] as string[]));
        this.#secrets = this.#openSecrets();
        if (this.#serving) this.#update();
        break;
      case Type.Snapshot:
        this.#swap(packet[1] as number, packet[2] as Uint8Array | null);
        break;
      case Type.Report:
        this.#report(packet[1] as number, packet[2] as boolean);
        break;
      case Type.JobMade:
        this.#jobs.made(packet[1] as number, packet[2] as Uint8Array | null, packet[3] as ErrorData | null);
        break;
      case Type.Stop:
        void this.#stop(packet[1] as number);
    }
  }

  #swap(version: number, manifest: Uint8Array | null): void {
    if (manifest !== null) {
      const { options } = this.#setup;
      const snapshot = compileSnapshot(unpackManifest(manifest), options, (path) => this.#docs(`/_fn/docs${path}`));
      this.#functions = snapshot.manifest.functions;
      this.#update();
      this.#gateway.swap(snapshot);
    }
    this.#channel.send([Type.Applied, version]);
    if (this.#serving) return;
    this.#serving = true;
    this.#channel.send([Type.Ready]);
  }

  #update(): void {
    this.#pool.update(this.#functions, { restart: new Set(this.#restart.splice(0)) });
  }

  /** @param everything the requests themselves, too, and not only their numbers */
  #report(number: number, everything: boolean): void {
    this.#pool.report();
    const report: GatewayReport = {
      telemetry: everything ? this.#telemetry.drain() : { access: [], requests: this.#telemetry.requests.drain() },
      calls: this.#calls,
      pool: this.#pool.status(),
      connections: this.#connections.size,
      rss: everything ? process.memoryUsage.rss() : null,
    };
    this.#channel.send([Type.Reported, number, serialize(report)]);
    this.#calls = [];
  }

  async #stop(drainMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#gateway.close({ drainMs });
    await this.#pool.close();
    await this.#tracing?.close(FLUSH_MS);
    this.#report(0, true);
    await this.#channel.drained();
    rmSync(this.#setup.ownSocket, { force: true });
    process.exit(0);
  }

  #openSecrets(): SecretFile {
    return new SecretFile({ stateDir: this.#setup.options.stateDir, logger: this.#logger, onChange: () => {} });
  }
}
