import type { AccessEntry, AccessRecord } from './log-entry.js';

/** A path of up to so many characters lies in the slab; UTF-8 needs up to three bytes for each. */
const PATH_CHARS = 80;
const PATH_BYTES = PATH_CHARS * 3;
/** Same for request ids, which are ASCII. */
const ID_BYTES = 40;
const SLOT_BYTES = PATH_BYTES + ID_BYTES;

/** Longer texts, kept as they are. */
interface LongText {
  readonly path: string;
  readonly requestId: string;
}

/**
 * The last requests, in columns and one slab of text. Kept as objects they would be copied by each garbage collection
 * until others replace them, which costs more than all the rest that is done for a request here.
 */
export class AccessRing {
  readonly #capacity: number;
  /** Times, durations and sizes; three numbers a request. */
  readonly #numbers: Float64Array;
  readonly #status: Uint16Array;
  readonly #lengths: Uint16Array;
  readonly #slab: Buffer;
  /** These are few different strings, or belong to the connection. */
  readonly #method: string[] = [];
  readonly #fn: (string | null)[] = [];
  readonly #clientIp: string[] = [];
  readonly #errorCode: (string | null)[] = [];
  readonly #state: AccessRecord['state'][] = [];
  readonly #long: (LongText | null)[] = [];
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#numbers = new Float64Array(capacity * 3);
    this.#status = new Uint16Array(capacity);
    this.#lengths = new Uint16Array(capacity * 2);
    this.#slab = Buffer.alloc(capacity * SLOT_BYTES);
  }

  /** @param ts epoch ms. */
  push(ts: number, record: AccessRecord): void {
    const { path, requestId } = record;
    const slot = this.#next;
    this.#next = slot + 1 === this.#capacity ? 0 : slot + 1;
    if (this.#size < this.#capacity) this.#size++;
    this.#numbers[slot * 3] = ts;
    this.#numbers[slot * 3 + 1] = record.durationMs;
    this.#numbers[slot * 3 + 2] = record.bytes;
    this.#status[slot] = record.status;
    this.#method[slot] = record.method;
    this.#fn[slot] = record.fn;
    this.#clientIp[slot] = record.clientIp;
    this.#errorCode[slot] = record.errorCode;
    this.#state[slot] = record.state;
    if (path.length > PATH_CHARS || requestId.length > ID_BYTES) {
      this.#long[slot] = { path, requestId };
      return;
    }
    this.#long[slot] = null;
    const at = slot * SLOT_BYTES;
    this.#lengths[slot * 2] = this.#slab.write(path, at, PATH_BYTES);
    this.#lengths[slot * 2 + 1] = this.#slab.write(requestId, at + PATH_BYTES, ID_BYTES, 'latin1');
  }

  /** Empties it. @returns what was in it, oldest first */
  drain(): AccessEntry[] {
    const entries = this.toArray();
    this.#next = 0;
    this.#size = 0;
    return entries;
  }

  /** Oldest first. */
  toArray(): AccessEntry[] {
    const entries: AccessEntry[] = [];
    const first = this.#size < this.#capacity ? 0 : this.#next;
    for (let i = 0; i < this.#size; i++) entries.push(this.#entry((first + i) % this.#capacity));
    return entries;
  }

  #entry(slot: number): AccessEntry {
    return {
      ts: this.#numbers[slot * 3]!,
      record: {
        ...(this.#long[slot] ?? this.#text(slot)),
        method: this.#method[slot]!,
        status: this.#status[slot]!,
        durationMs: this.#numbers[slot * 3 + 1]!,
        bytes: this.#numbers[slot * 3 + 2]!,
        fn: this.#fn[slot]!,
        clientIp: this.#clientIp[slot]!,
        errorCode: this.#errorCode[slot]!,
        state: this.#state[slot]!,
      },
    };
  }

  #text(slot: number): LongText {
    const at = slot * SLOT_BYTES;
    const id = at + PATH_BYTES;
    return {
      path: this.#slab.toString('utf8', at, at + this.#lengths[slot * 2]!),
      requestId: this.#slab.toString('latin1', id, id + this.#lengths[slot * 2 + 1]!),
    };
  }
}
