export { createNodeRuntime, type NodeRuntimeOptions } from './adapter.js';
