/**
 * Flag for V8, for processes that serve. Bodies of requests and answers count as memory that V8 has promoted when they live through
 * two small collections, as those of a megabyte do while a worker has them. With a heap as small as ours a large
 * collection then comes every ten such requests, and takes most of the time. The heap may grow to four times what is in use
 * before one; 1.3 is usual.
 */
export const HEAP_GROWTH = '--heap-growing-percent=300';
