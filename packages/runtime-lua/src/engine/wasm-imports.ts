import type { LuaExports } from './lua-exports.js';
import { timeImports } from './time-imports.js';

/** "Function not implemented", as a negative errno of a system call and as a WASI errno. */
const NO_SYSTEM_CALL = -52;
const NO_WASI_CALL = 52;

const PAGE_BYTES = 65_536;

/** How C code of Lua unwinds its stack (`longjmp`); thrown through WebAssembly and caught below. */
const UNWIND = Symbol('longjmp');

/** What the imports need of the instance that they are made for. */
export interface WasmSide {
  readonly exports: LuaExports;
  readonly view: DataView;
  /** May the memory be this large? */
  mayGrow(bytes: number): boolean;
}

/**
 * Everything that the module of Lua asks of its surroundings. There is no file system, no environment, no process behind it: C
 * code that tries gets "not implemented". What handlers may see goes through host functions alone.
 *
 * @param side read on each call: the instance does not exist yet when its imports are made
 */
export function wasmImports(side: () => WasmSide): WebAssembly.Imports {
  const functions: ((a: number, b: number) => void)[] = [];
  const noSystemCall = (): number => NO_SYSTEM_CALL;
  const noWasiCall = (): number => NO_WASI_CALL;
  return {
    env: {
      abort() {
        throw new Error('The Lua engine failed.');
      },
      // `try` of C code compiled to WebAssembly: each protected call and each resumed coroutine comes through here.
      invoke_vii(index: number, a: number, b: number) {
        const { exports } = side();
        const stack = exports.stackSave();
        functions[index] ??= exports.__indirect_function_table.get(index) as (a: number, b: number) => void;
        try {
          functions[index](a, b);
        } catch (error) {
          exports.stackRestore(stack);
          if (error !== UNWIND) throw error;
          exports.setThrew(1, 0);
        }
      },
      _emscripten_throw_longjmp() {
        throw UNWIND;
      },
      emscripten_resize_heap(bytes: number) {
        const wanted = bytes >>> 0;
        const { exports, mayGrow } = side();
        if (!mayGrow(wanted)) return 0;
        try {
          exports.memory.grow(Math.ceil((wanted - exports.memory.buffer.byteLength) / PAGE_BYTES));
          return 1;
        } catch {
          return 0;
        }
      },
      exit(code: number) {
        throw new Error(`The Lua engine ended with code ${code}.`);
      },
      system: () => -1,
      emscripten_date_now: () => Date.now(),
      _emscripten_get_now_is_monotonic: () => 1,
      ...timeImports(() => side().view),
      __syscall_openat: noSystemCall,
      __syscall_fcntl64: noSystemCall,
      __syscall_ioctl: noSystemCall,
      __syscall_dup3: noSystemCall,
      __syscall_unlinkat: noSystemCall,
      __syscall_rmdir: noSystemCall,
      __syscall_renameat: noSystemCall,
      __syscall_readlinkat: noSystemCall,
    },
    wasi_snapshot_preview1: {
      fd_write: noWasiCall,
      fd_read: noWasiCall,
      fd_close: noWasiCall,
      fd_seek: noWasiCall,
      environ_sizes_get(count: number, bytes: number) {
        const { view } = side();
        view.setUint32(count, 0, true);
        view.setUint32(bytes, 0, true);
        return 0;
      },
      environ_get: () => 0,
    },
  };
}

/** How an error leaves a host function: Lua's own unwinding must pass. */
export function isUnwind(error: unknown): boolean {
  return error === UNWIND;
}
