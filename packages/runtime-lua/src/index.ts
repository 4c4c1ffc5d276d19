export { createLuaRuntime, type LuaRuntime, type LuaRuntimeOptions } from './lua-runtime.js';
