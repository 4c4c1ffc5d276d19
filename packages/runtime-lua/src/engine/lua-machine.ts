import { readFileSync } from 'node:fs';
import { LUA_MULTRET, LUA_TNIL, type LuaExports, type LuaState } from './lua-exports.js';
import { isUnwind, wasmImports } from './wasm-imports.js';

/** What a host function may give to Lua. `undefined` and null are nil. */
export type HostValue = string | number | boolean | Uint8Array | null | undefined;

/** A function of the host that Lua calls; several results as a list. One that throws gives nil and the message. */
export type HostFunction = (args: LuaValues) => HostValue | readonly HostValue[];

/** Values on a Lua stack: arguments of a host function, or results of a call. Indices from 1. */
export interface LuaValues {
  readonly count: number;
  isNil(index: number): boolean;
  number(index: number): number;
  boolean(index: number): boolean;
  /** Bytes that are not UTF-8 are read as U+FFFD. */
  text(index: number): string;
  /** A view on the memory of Lua: good until Lua runs again. */
  bytes(index: number): Buffer;
}

const SCRATCH_BYTES = 16_384;

/** A `lua_CFunction` has to be WebAssembly: this module hands its argument to a JavaScript function and the result back. */
const TRAMPOLINE = new WebAssembly.Module(
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // One type: (i32) → i32.
    ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
    // Imports "e" "f" of that type, and exports it as "f".
    ...[0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00],
    ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ]),
);

/** Failed in a way that Lua code cannot: the state must not be used any more. */
export class MachineFailure extends Error {
  override readonly name = 'MachineFailure';
}

/**
 * One Lua state in a WebAssembly instance of its own: nothing it does reaches beyond its memory, and that is bounded.
 * Speaks in stack values and bytes; what they mean is the business of others.
 */
export class LuaMachine {
  readonly #exports: LuaExports;
  readonly #state: LuaState;
  /** Where the length of a string is put by `lua_tolstring`. */
  readonly #lengthCell: number;
  #view!: DataView;
  #buffer: Buffer = EMPTY;
  #scratch = 0;
  #scratchBytes = 0;
  #maxBytes: number;
  #exhausted = false;
  /** Height of the stack between calls: what {@link boot} left there. */
  #base = 0;

  /**
   * @param wasm the module of wasmoon, compiled
   * @param maxBytes bound of its whole memory
   */
  constructor(wasm: WebAssembly.Module, maxBytes: number) {
    this.#maxBytes = maxBytes;
    const imports = wasmImports(() => ({
      exports: this.#exports,
      view: this.#memory(),
      mayGrow: (bytes) => {
        if (bytes <= this.#maxBytes) return true;
        this.#exhausted = true;
        return false;
      },
    }));
    this.#exports = new WebAssembly.Instance(wasm, imports).exports as unknown as LuaExports;
    this.#exports.__wasm_call_ctors();
    this.#lengthCell = this.#exports.malloc(8);
    this.#state = this.#exports.luaL_newstate();
    this.#exports.luaL_openlibs(this.#state);
    this.#reserve(SCRATCH_BYTES);
  }

  /** Memory was refused since the machine was made: an error that follows may be due to that. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Bounds what Lua may use, from now on. What is below the memory that is there anyway is taken out of it. */
  limitMemory(bytes: number): void {
    const { memory, malloc } = this.#exports;
    const present = memory.buffer.byteLength;
    this.#maxBytes = Math.max(bytes, present);
    // Never touched, so it costs address space only.
    if (bytes < present) malloc(present - bytes);
    this.#exhausted = false;
  }

  /**
   * Runs source text, and leaves its results at the bottom of the stack, where {@link call} finds them by position.
   * @param host what the text gets as its argument
   * @throws MachineFailure
   */
  boot(source: string, host: Readonly<Record<string, HostFunction | null>>): void {
    const { lua_createtable, luaL_loadbufferx, lua_pushlightuserdata, lua_setfield } = this.#exports;
    const state = this.#state;
    const bytes = this.#put(source);
    const name = this.#cString('=[fastfn]');
    const status = luaL_loadbufferx(state, this.#scratch, bytes, name, 0);
    if (status !== 0) throw this.#failed();
    lua_createtable(state, 0, Object.keys(host).length);
    for (const [key, fn] of Object.entries(host)) {
      // A pointer to nothing is what lua-cjson has for null too.
      if (fn === null) lua_pushlightuserdata(state, 0);
      else this.#pushFunction(fn);
      const field = this.#cString(key);
      lua_setfield(state, -2, field);
      this.#exports.free(field);
    }
    this.#exports.free(name);
    if (this.#exports.lua_pcallk(state, 1, LUA_MULTRET, 0, 0, 0) !== 0) throw this.#failed();
    this.#base = this.#exports.lua_gettop(state);
  }

  /** Begins a call of the function that {@link boot} left at a position; push its arguments, then {@link run}. */
  prepare(position: number): void {
    this.#exports.lua_pushvalue(this.#state, position);
  }

  pushNumber(value: number): void {
    this.#exports.lua_pushnumber(this.#state, value);
  }

  pushText(text: string): void {
    this.#pushText(this.#state, text);
  }

  pushBytes(bytes: Uint8Array): void {
    if (bytes.length > this.#scratchBytes) this.#reserve(bytes.length);
    this.buffer.set(bytes, this.#scratch);
    this.#exports.lua_pushlstring(this.#state, this.#scratch, bytes.length);
    if (bytes.length > 16 * SCRATCH_BYTES) this.#reserve(SCRATCH_BYTES);
  }

  /** What was written at {@link room}, as one string. */
  pushWritten(bytes: number): void {
    this.#exports.lua_pushlstring(this.#state, this.#scratch, bytes);
  }

  /** Makes room for so many bytes until the next push; where it begins in {@link buffer}. */
  room(bytes: number): number {
    if (bytes > this.#scratchBytes) this.#reserve(bytes);
    return this.#scratch;
  }

  /** All memory of Lua; after anything that may allocate there it has to be asked for again. */
  get buffer(): Buffer {
    this.#memory();
    return this.#buffer;
  }

  /**
   * Calls what was prepared, and lets `read` see the results.
   * @throws MachineFailure when the engine itself failed, for lack of memory for instance
   */
  run<T>(read: (results: LuaValues) => T): T {
    const { lua_gettop, lua_pcallk, lua_settop } = this.#exports;
    const state = this.#state;
    const base = this.#base;
    const args = lua_gettop(state) - base - 1;
    let status: number;
    try {
      status = lua_pcallk(state, args, LUA_MULTRET, 0, 0, 0);
    } catch (error) {
      throw new MachineFailure(`The Lua engine failed: ${(error as Error).message ?? String(error)}`, { cause: error });
    }
    if (status !== 0) throw this.#failed();
    try {
      return read(new StackValues(this, state, base, lua_gettop(state) - base));
    } finally {
      lua_settop(state, base);
    }
  }

  /** For {@link StackValues}. */
  get exports(): LuaExports {
    return this.#exports;
  }

  bytesAt(state: LuaState, index: number): Buffer {
    const pointer = this.#exports.lua_tolstring(state, index, this.#lengthCell);
    if (pointer === 0) return EMPTY;
    const length = this.#memory().getUint32(this.#lengthCell, true);
    return this.#buffer.subarray(pointer, pointer + length);
  }

  textAt(state: LuaState, index: number): string {
    const pointer = this.#exports.lua_tolstring(state, index, this.#lengthCell);
    if (pointer === 0) return '';
    const length = this.#memory().getUint32(this.#lengthCell, true);
    return this.#buffer.toString('utf8', pointer, pointer + length);
  }

  #memory(): DataView {
    // Growing detaches the buffer, and with it what looks at it. (To ask the memory for its buffer each time is slow.)
    if (this.#buffer.length === 0) {
      const { buffer } = this.#exports.memory;
      this.#view = new DataView(buffer);
      this.#buffer = Buffer.from(buffer);
    }
    return this.#view;
  }

  /** Makes the scratch area at least so large. @throws MachineFailure */
  #reserve(bytes: number): void {
    const pointer = this.#exports.realloc(this.#scratch, bytes);
    if (pointer === 0) throw new MachineFailure('not enough memory');
    this.#scratch = pointer;
    this.#scratchBytes = bytes;
  }

  /** Writes a text into the scratch area; its length in bytes. */
  #put(text: string): number {
    const most = text.length * 3;
    if (most > this.#scratchBytes) this.#reserve(most);
    return this.buffer.write(text, this.#scratch);
  }

  #pushText(state: LuaState, text: string): void {
    // First: it may move the scratch area.
    const bytes = this.#put(text);
    this.#exports.lua_pushlstring(state, this.#scratch, bytes);
  }

  #cString(text: string): number {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = this.#exports.malloc(bytes.length);
    this.buffer.set(bytes, pointer);
    return pointer;
  }

  #pushFunction(fn: HostFunction): void {
    const entry = (state: LuaState): number => {
      const { exports } = this;
      try {
        const result = fn(new StackValues(this, state, 0, exports.lua_gettop(state)));
        if (!Array.isArray(result)) {
          this.#pushValue(state, result as HostValue);
          return 1;
        }
        for (const value of result) this.#pushValue(state, value);
        return result.length;
      } catch (error) {
        if (isUnwind(error) || error instanceof MachineFailure) throw error;
        exports.lua_pushnil(state);
        this.#pushValue(state, (error as Error).message);
        return 2;
      }
    };
    const { f } = new WebAssembly.Instance(TRAMPOLINE, { e: { f: entry } }).exports;
    const table = this.#exports.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, f);
    this.#exports.lua_pushcclosure(this.#state, index, 0);
  }

  #pushValue(state: LuaState, value: HostValue): void {
    const { lua_pushboolean, lua_pushlstring, lua_pushnil, lua_pushnumber } = this.#exports;
    switch (typeof value) {
      case 'string':
        this.#pushText(state, value);
        break;
      case 'number':
        lua_pushnumber(state, value);
        break;
      case 'boolean':
        lua_pushboolean(state, value ? 1 : 0);
        break;
      default:
        if (value === null || value === undefined) lua_pushnil(state);
        else {
          if (value.length > this.#scratchBytes) this.#reserve(value.length);
          this.buffer.set(value, this.#scratch);
          lua_pushlstring(state, this.#scratch, value.length);
        }
    }
  }

  #failed(): MachineFailure {
    return new MachineFailure(this.textAt(this.#state, -1) || 'The Lua engine failed.');
  }
}

const EMPTY = Buffer.alloc(0);

class StackValues implements LuaValues {
  constructor(
    readonly machine: LuaMachine,
    readonly state: LuaState,
    readonly base: number,
    readonly count: number,
  ) {}

  isNil(index: number): boolean {
    return this.machine.exports.lua_type(this.state, this.base + index) <= LUA_TNIL;
  }

  number(index: number): number {
    return this.machine.exports.lua_tonumberx(this.state, this.base + index, 0);
  }

  boolean(index: number): boolean {
    return this.machine.exports.lua_toboolean(this.state, this.base + index) !== 0;
  }

  text(index: number): string {
    return this.machine.textAt(this.state, this.base + index);
  }

  bytes(index: number): Buffer {
    return this.machine.bytesAt(this.state, this.base + index);
  }
}

/** A file of the Lua half. From src/engine and dist/engine alike: `shim` lies two levels up. */
export function shimFile(name: string): URL {
  return new URL(`../../shim/${name}.lua`, import.meta.url);
}

export function shimSource(name: string): string {
  return readFileSync(shimFile(name), 'utf8');
}
