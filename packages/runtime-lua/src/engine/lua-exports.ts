/** Address of a `lua_State`. */
export type LuaState = number & { readonly lua: unique symbol };

/** Of the functions that the WebAssembly module of wasmoon 1.16.0 exports, those used here. All pointers and sizes are 32 bits. */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  setThrew(threw: number, value: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  realloc(pointer: number, bytes: number): number;
  luaL_newstate(): LuaState;
  luaL_openlibs(state: LuaState): void;
  luaL_loadbufferx(state: LuaState, text: number, bytes: number, name: number, mode: number): number;
  lua_pcallk(
    state: LuaState,
    args: number,
    results: number,
    handler: number,
    context: number,
    continuation: number,
  ): number;
  lua_gettop(state: LuaState): number;
  lua_settop(state: LuaState, index: number): void;
  lua_type(state: LuaState, index: number): number;
  lua_toboolean(state: LuaState, index: number): number;
  lua_tonumberx(state: LuaState, index: number, isNumber: number): number;
  lua_tolstring(state: LuaState, index: number, length: number): number;
  lua_pushnil(state: LuaState): void;
  lua_pushnumber(state: LuaState, value: number): void;
  lua_pushboolean(state: LuaState, value: number): void;
  lua_pushlstring(state: LuaState, text: number, bytes: number): number;
  lua_pushlightuserdata(state: LuaState, pointer: number): void;
  lua_pushcclosure(state: LuaState, fn: number, upvalues: number): void;
  lua_pushvalue(state: LuaState, index: number): void;
  lua_createtable(state: LuaState, items: number, fields: number): void;
  lua_setfield(state: LuaState, index: number, name: number): void;
}

/** `lua_type` of nil and of no value. */
export const LUA_TNIL = 0;
export const LUA_MULTRET = -1;
