import { rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { JobService, Logger, LogLevel, Manifest, PoolStatus } from '@fastfn/core';
import { UsageError } from '@fastfn/core';
import type { ListenAddress, RequestRecord, TelemetryShare } from '@fastfn/gateway';
import { Backoff, type GatewaySeat, type Packet, type Pool } from '@fastfn/pool';
import { Acceptor } from './acceptor.js';
import { openControlServer } from './control-server.js';
import { GatewayChild } from './gateway-child.js';
import type { GatewayReport, GatewaySetup } from './gateway-setup.js';
import { packManifest } from './manifest-transfer.js';
import { mergeStatus } from './merge-status.js';
import * as Type from './packets.js';
import { makeJob } from './remote-jobs.js';

/** Distance of two reports of each gateway, ms; while somebody follows what happens, and else. */
const FOLLOW_MS = 25;
const REPORT_MS = 1000;

/** A report that an endpoint waits for takes at most this; a busy gateway's numbers may be older then. */
const REFRESH_PATIENCE_MS = 250;

/** A gateway that has said nothing for so long hangs. */
const SILENCE_MS = 15_000;

/** Longest wait for a new snapshot to be served by all. */
const APPLY_PATIENCE_MS = 5_000;

/** Beyond the time for running requests: what a gateway may take to end. */
const STOP_GRACE_MS = 1_500;

/** One that has served for so long and ends is replaced at once. */
const STABLE_MS = 5_000;

export interface GatewayHubOptions {
  readonly count: number;
  readonly setup: Pick<GatewaySetup, 'mode' | 'options' | 'drainMs'>;
  readonly env: NodeJS.ProcessEnv;
  readonly pool: Pool;
  readonly jobs: JobService | undefined;
  readonly logger: Logger;
  /** Requests are to be told at once, not only counted. */
  readonly follow: boolean;
  /** @param calls when `follow` is set */
  onTelemetry(share: TelemetryShare, calls: readonly RequestRecord[]): void;
  /** Answers what is FastFN's own. */
  handle(req: IncomingMessage, res: ServerResponse): void;
}

/** A place in the row of gateways: its process is replaced when it ends. */
interface Place {
  readonly index: number;
  readonly backoff: Backoff;
  child: GatewayChild | null;
  report: GatewayReport | null;
  restarts: number;
  retry: NodeJS.Timeout | null;
}

/**
 * The gateways of a server that has several: processes that share its port and its workers. The primary accepts connections and
 * deals them out, so that the port is open whatever becomes of a gateway; it tells them what to serve, and gathers what they
 * have seen.
 */
export class GatewayHub {
  readonly #options: GatewayHubOptions;
  readonly #places: Place[];
  readonly #acceptor = new Acceptor((socket) => this.#give(socket));
  /** Those that have been told to end, and are replaced already. */
  readonly #leaving = new Set<GatewayChild>();
  readonly #seats = new Map<GatewayChild, GatewaySeat>();
  readonly #waiters = new Set<() => void>();
  readonly #controlSocket: string;
  #control: { close(): Promise<void> } | null = null;
  #version = 0;
  #manifest: Buffer | null = null;
  #next = 0;
  #reportNumber = 0;
  #reported = new Map<GatewayChild, number>();
  #timer: NodeJS.Timeout | null = null;
  #followers = false;
  #state: 'starting' | 'running' | 'closing' = 'starting';
  #failure: string | null = null;

  constructor(options: GatewayHubOptions) {
    this.#options = options;
    this.#controlSocket = options.pool.newSocketPath();
    this.#places = Array.from({ length: options.count }, (_, index) => ({
      index,
      backoff: new Backoff(),
      child: null,
      report: null,
      restarts: 0,
      retry: null,
    }));
  }

  /**
   * Starts the gateways with what was published last; resolves when all take connections.
   * @throws UsageError `gateway_failed`
   */
  async start(): Promise<void> {
    const { handle } = this.#options;
    this.#control = await openControlServer({ socket: this.#controlSocket, refresh: () => this.refresh(), handle });
    for (const place of this.#places) this.#spawn(place);
    await this.#until(() => this.#failure !== null || this.#places.every(({ child }) => child?.ready));
    if (this.#failure !== null) {
      throw new UsageError('gateway_failed', `A gateway process could not be started: it ${this.#failure}.`);
    }
    this.#state = 'running';
    this.#schedule();
  }

  listen(address: { host: string; port: number }): Promise<ListenAddress> {
    return this.#acceptor.listen(address);
  }

  /** Functions that are to begin anew, though nothing in the manifest tells. */
  restart(keys: Iterable<string>): void {
    const list = [...keys];
    if (list.length > 0) for (const child of this.#seats.keys()) child.send([Type.Restart, list]);
  }

  /** Has every gateway serve this. The same manifest is not sent twice. */
  publish(manifest: Manifest): void {
    const bytes = packManifest(manifest);
    const same = this.#manifest?.equals(bytes) ?? false;
    this.#manifest = bytes;
    this.#version++;
    for (const child of this.#seats.keys()) child.send([Type.Snapshot, this.#version, same ? null : bytes]);
  }

  /** Resolves when every gateway serves what was published last. */
  applied(): Promise<void> {
    const version = this.#version;
    return this.#until(() => this.#current().every((child) => child.version >= version), APPLY_PATIENCE_MS);
  }

  /** Somebody waits for what happens next, or nobody does. */
  followed(followed: boolean): void {
    this.#followers = followed;
    if (this.#state !== 'running') return;
    this.#ask(true);
    this.#schedule();
  }

  /** Resolves when every gateway has told what it knows. */
  refresh(): Promise<void> {
    if (this.#state !== 'running') return Promise.resolve();
    const number = this.#ask(true);
    return this.#until(
      () => this.#current().every((child) => this.#reported.get(child)! >= number),
      REFRESH_PATIENCE_MS,
    );
  }

  /** The status of the pool with what runs inside the gateways. */
  status(own: PoolStatus): PoolStatus {
    return mergeStatus(
      own,
      this.#places.flatMap(({ report }) => (report === null ? [] : [report.pool])),
    );
  }

  /** For health. */
  describe(): object[] {
    return this.#places.map(({ index, child, report, restarts }) => ({
      index: index + 1,
      pid: child?.pid ?? null,
      up: child?.ready ?? false,
      connections: report?.connections ?? 0,
      memory_bytes: report?.rss ?? 0,
      restarts,
    }));
  }

  /** Takes no more connections, lets requests finish for `drainMs`, ends the processes. Idempotent. */
  async close(drainMs: number): Promise<void> {
    this.#state = 'closing';
    this.#acceptor.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { retry } of this.#places) if (retry !== null) clearTimeout(retry);
    const children = [...this.#seats.keys()];
    for (const child of children) child.send([Type.Stop, drainMs]);
    const deadline = setTimeout(() => {
      for (const child of children) child.kill();
    }, drainMs + STOP_GRACE_MS);
    await Promise.all(children.map(({ exited }) => exited));
    clearTimeout(deadline);
    await this.#control?.close();
  }

  /** {@link close} without waiting for anyone; also while it waits. */
  killAll(): void {
    this.#state = 'closing';
    for (const child of this.#seats.keys()) child.kill();
  }

  #spawn(place: Place): void {
    const { setup, env, pool } = this.#options;
    const ownSocket = pool.newSocketPath();
    place.report = null;
    const child = new GatewayChild(ownSocket, env, {
      onPacket: (from, packet) => this.#receive(place, from, packet),
      onExit: (from, how, orphans) => this.#exited(place, from, how, orphans),
    });
    place.child = child;
    this.#seats.set(
      child,
      pool.lendTo((packet) => child.send(packet)),
    );
    this.#reported.set(child, 0);
    const own: GatewaySetup = {
      ...setup,
      index: place.index,
      ownSocket,
      controlSocket: this.#controlSocket,
      socketDir: dirname(this.#controlSocket),
      follow: this.#options.follow,
      jobs: this.#options.jobs !== undefined,
    };
    child.send([Type.Init, serialize(own)]);
    if (this.#manifest !== null) child.send([Type.Snapshot, this.#version, this.#manifest]);
  }

  #receive(place: Place, child: GatewayChild, packet: Packet): void {
    if (this.#seats.get(child)?.receive(packet)) return;
    const { logger } = this.#options;
    switch (packet[0]) {
      case Type.Ready:
        child.ready = true;
        this.#acceptor.resume();
        this.#wake();
        break;
      case Type.Applied:
        child.version = packet[1] as number;
        this.#wake();
        break;
      case Type.Reported: {
        const report = deserialize(packet[2] as Uint8Array) as GatewayReport;
        if (place.child === child) place.report = { ...report, rss: report.rss ?? place.report?.rss ?? null };
        this.#options.onTelemetry(report.telemetry, report.calls);
        this.#reported.set(child, packet[1] as number);
        this.#wake();
        break;
      }
      case Type.Log: {
        const fields = packet[3] as string | null;
        logger.log(packet[1] as LogLevel, packet[2] as string, fields === null ? undefined : JSON.parse(fields));
        break;
      }
      case Type.Output:
        logger.output(packet[1] as Parameters<Logger['output']>[0], packet[2] as string);
        break;
      case Type.MakeJob:
        if (this.#options.jobs === undefined) break;
        void makeJob(this.#options.jobs, packet[1] as number, packet[2] as Uint8Array).then((made) => child.send(made));
        break;
      case Type.Leaving:
        this.#leave(place, child);
        break;
      case Type.Failed:
        logger.log('error', `Gateway ${place.index + 1} could not start: ${packet[1] as string}`);
    }
  }

  /** Somebody has told a gateway to end: another one takes its place, it finishes what it has. */
  #leave(place: Place, child: GatewayChild): void {
    if (!child.ready || this.#state === 'closing') return;
    child.ready = false;
    this.#leaving.add(child);
    this.#options.logger.log(
      'info',
      `Gateway ${place.index + 1} (pid ${child.pid}) was told to end; another one takes its place.`,
    );
    place.restarts++;
    this.#spawn(place);
    void this.#until(() => child.handing === 0, REFRESH_PATIENCE_MS).then(() =>
      child.send([Type.Stop, this.#options.setup.drainMs]),
    );
  }

  #exited(place: Place, child: GatewayChild, how: string, orphans: readonly Socket[]): void {
    child.ready = false;
    const seat = this.#seats.get(child);
    this.#seats.delete(child);
    this.#reported.delete(child);
    seat?.lost();
    rmSync(child.ownSocket, { force: true });
    for (const socket of orphans) {
      if (this.#state === 'closing') socket.destroy();
      else this.#acceptor.offer(socket);
    }
    const expected = this.#leaving.delete(child) || this.#state === 'closing';
    if (!expected) this.#replace(place, child, how);
    this.#wake();
  }

  #replace(place: Place, child: GatewayChild, how: string): void {
    place.child = null;
    if (this.#state === 'starting') {
      this.#failure = how;
      return;
    }
    const stable = Date.now() - child.startedAt >= STABLE_MS;
    if (stable) place.backoff.reset();
    const delay = stable ? 0 : place.backoff.fail(Date.now());
    place.restarts++;
    this.#options.logger.log(
      'error',
      `Gateway ${place.index + 1} (pid ${child.pid}) ${how}; ${delay === 0 ? 'it is started again' : `next start in ${delay} ms`}.`,
    );
    place.retry = setTimeout(() => {
      place.retry = null;
      if (this.#state !== 'closing') this.#spawn(place);
    }, delay);
  }

  /** The next gateway in turn gets it. */
  #give(socket: Socket): boolean {
    const places = this.#places;
    for (let i = 0; i < places.length; i++) {
      this.#next = (this.#next + 1) % places.length;
      const { child } = places[this.#next]!;
      if (child === null || !child.ready) continue;
      child.give(socket);
      return true;
    }
    return false;
  }

  get #followed(): boolean {
    return this.#followers || this.#options.follow;
  }

  #current(): GatewayChild[] {
    return this.#places.flatMap(({ child }) => (child?.ready ? [child] : []));
  }

  /** @param everything what an endpoint may show, and not only what a gateway that dies would take with it */
  #ask(everything: boolean): number {
    const number = ++this.#reportNumber;
    for (const child of this.#seats.keys()) child.send([Type.Report, number, everything]);
    return number;
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#ask(this.#followed);
        this.#endTheSilent(Date.now());
        this.#schedule();
      },
      this.#followed ? FOLLOW_MS : REPORT_MS,
    );
    this.#timer.unref();
  }

  #endTheSilent(now: number): void {
    for (const [child] of this.#seats) {
      if (now - child.heardAt < SILENCE_MS) continue;
      this.#options.logger.log(
        'error',
        `Gateway process ${child.pid} has not answered for ${SILENCE_MS / 1000} s and is ended.`,
      );
      child.kill();
    }
  }

  /** Resolves when the condition holds, or after `limitMs`; looked at whenever a gateway has said something. */
  #until(condition: () => boolean, limitMs?: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiters.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const look = (): void => {
        if (condition()) done();
      };
      const timer = limitMs === undefined ? undefined : setTimeout(done, limitMs);
      this.#waiters.add(look);
    });
  }

  #wake(): void {
    for (const look of [...this.#waiters]) look();
  }
}
