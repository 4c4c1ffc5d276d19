export { eventually } from './eventually.js';
export { type FakeAnswer, fakeInvoker } from './fake-invoker.js';
export { rawHttp } from './raw-http.js';
export { type Files, type Tree, makeTree, tree } from './tree.js';
export { type TestServer, type UseServerInput, startServer, useServer } from './use-server.js';
