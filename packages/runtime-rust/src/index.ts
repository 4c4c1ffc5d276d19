export { createRustRuntime, type RustRuntimeOptions } from './rust-runtime.js';
