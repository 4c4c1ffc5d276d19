const SLAB_BYTES = 65_536;

/** With less room than this the next read gets a new slab. */
const LEAST_ROOM_BYTES = 16_384;

/**
 * Memory to read into, used from front to back and never twice, so that views on what was read stay valid. Node's own way
 * makes a buffer of 64 KiB for each read and then cuts it down.
 */
export class ReadSlab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  /** Where to read to next. */
  room(): Buffer {
    if (SLAB_BYTES - this.#used < LEAST_ROOM_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    return this.#slab.subarray(this.#used);
  }

  /** So many bytes were read into {@link room}: they are taken. */
  take(bytes: number): Buffer {
    this.#used += bytes;
    return this.#slab.subarray(this.#used - bytes, this.#used);
  }
}
