export { createPhpRuntime, type PhpRuntimeOptions } from './php-runtime.js';
