import { waitForQuiet } from './cpu.mjs';
import { startServer } from './subject.mjs';

/**
 * The subjects of a run: prepared once, started when first wanted, left running (an idle server costs nothing) until
 * the interleaved scenarios are over.
 */
export class Fleet {
  /** @type {Map<string, Promise<import('./subject.mjs').RunningServer | null>>} */
  #running = new Map();
  /** Why a subject is left out. @type {Map<string, string>} */
  missing = new Map();
  /** @type {Map<string, string>} */
  versions = new Map();

  /**
   * @param {readonly import('./subject.mjs').Subject[]} subjects those that were asked for
   * @param {import('./context.mjs').Context} context
   */
  constructor(subjects, context) {
    this.subjects = subjects;
    this.context = context;
  }

  /**
   * Started, warmed and quiet.
   * @param {(subject: import('./subject.mjs').Subject) => boolean} wanted
   * @returns {Promise<import('./subject.mjs').RunningServer[]>}
   */
  async start(wanted) {
    const running = [];
    for (const subject of this.subjects) {
      if (!wanted(subject)) continue;
      let server = this.#running.get(subject.id);
      if (!server) {
        server = this.#startOne(subject);
        this.#running.set(subject.id, server);
      }
      // One after the other: starts that compete for the processors would disturb each other.
      const started = await server;
      if (started) running.push(started);
    }
    for (const { pid } of running) await waitForQuiet(pid, { signal: this.context.signal });
    return running;
  }

  /** @param {import('./subject.mjs').Subject} subject */
  async #startOne(subject) {
    const { context } = this;
    if (!(await this.prepared(subject))) return null;
    try {
      return await startServer(subject.id, (port) => subject.command(context, port), { context });
    } catch (error) {
      context.signal.throwIfAborted();
      this.#leaveOut(subject, error);
      return null;
    }
  }

  /**
   * Installs or builds what a subject needs, once.
   * @param {import('./subject.mjs').Subject} subject
   * @returns {Promise<boolean>} false: it is left out, and `missing` says why
   */
  async prepared(subject) {
    if (this.missing.has(subject.id)) return false;
    if (this.versions.has(subject.id)) return true;
    try {
      this.versions.set(subject.id, await subject.prepare(this.context));
      return true;
    } catch (error) {
      this.context.signal.throwIfAborted();
      this.#leaveOut(subject, error);
      return false;
    }
  }

  /** @param {import('./subject.mjs').Subject} subject @param {unknown} error */
  #leaveOut({ id }, error) {
    const reason = error instanceof Error ? error.message : String(error);
    this.missing.set(id, reason);
    this.context.log(`  – ${id} is left out: ${reason}`);
  }

  async stop() {
    const servers = await Promise.all(this.#running.values());
    this.#running.clear();
    await Promise.allSettled(servers.map((server) => server?.stop()));
  }
}
