import type { Options } from 'tsup';
import { library } from '../../tsup.base.js';
import { THREAD } from './thread-build.js';

const thread = library({
  entry: THREAD.entry,
  outDir: 'dist/sqlite',
  noExternal: [/^@fastfn\//],
  esbuildOptions(options) {
    options.alias = THREAD.alias;
  },
});

// Both build at once: the index must not clean the folder above the thread's.
export default (cli: Options) =>
  cli.dts ? [library()(cli)] : [library({ clean: ['dist/index.*'] })(cli), thread(cli)];
