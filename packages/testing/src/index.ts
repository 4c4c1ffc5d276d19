export { eventually } from './eventually.js';
export { type FakeAnswer, fakeInvoker } from './fake-invoker.js';
export { rawHttp } from './raw-http.js';
export { type Files, makeTree, type Tree, tree } from './tree.js';
export { startServer, type TestServer, type UseServerInput, useServer } from './use-server.js';
